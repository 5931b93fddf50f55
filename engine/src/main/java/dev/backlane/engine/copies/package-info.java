/// What happens in a store that is a copy of another one: operations that may have been executed
/// there are held.
@NullMarked
package dev.backlane.engine.copies;

import org.jspecify.annotations.NullMarked;
