/// Expiry of ended operations and deliveries in buckets of ids, by observed time.
@NullMarked
package dev.backlane.engine.store.expiry;

import org.jspecify.annotations.NullMarked;
