/// The webhook deliveries of the shared store, and their queue.
@NullMarked
package dev.backlane.store.postgres.deliveries;

import org.jspecify.annotations.NullMarked;
