/// The ports through which the engine keeps operations, and what every store shares.
@NullMarked
package dev.backlane.engine.store;

import org.jspecify.annotations.NullMarked;
