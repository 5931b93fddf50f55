/// Moves everything from one store to another.
@NullMarked
package dev.backlane.engine.transfer;

import org.jspecify.annotations.NullMarked;
