/// The store in memory, for trying Backlane out and as the model that other stores are compared with.
@NullMarked
package dev.backlane.engine.store.memory;

import org.jspecify.annotations.NullMarked;
