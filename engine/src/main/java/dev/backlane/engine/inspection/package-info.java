/// Looks at what is in a store, and whether it is whole.
@NullMarked
package dev.backlane.engine.inspection;

import org.jspecify.annotations.NullMarked;
