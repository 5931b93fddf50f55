/// What of a store is kept in memory.
@NullMarked
package dev.backlane.engine.store.cache;

import org.jspecify.annotations.NullMarked;
