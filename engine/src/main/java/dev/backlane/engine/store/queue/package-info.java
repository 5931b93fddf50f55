/// Queues of waiting operations and deliveries, the order in which they are served, and the permits
/// that limit how many are in progress.
@NullMarked
package dev.backlane.engine.store.queue;

import org.jspecify.annotations.NullMarked;
