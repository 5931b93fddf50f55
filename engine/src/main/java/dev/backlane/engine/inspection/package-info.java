/// Checks whether everything in a store is intact.
@NullMarked
package dev.backlane.engine.inspection;

import org.jspecify.annotations.NullMarked;
