/// The ports through which the engine stores data, and the types that all stores share.
@NullMarked
package dev.backlane.engine.store;

import org.jspecify.annotations.NullMarked;
