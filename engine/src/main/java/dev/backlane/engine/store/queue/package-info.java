/// Queues: what waits, in which order it is served, and the permits that bound how much is in progress.
@NullMarked
package dev.backlane.engine.store.queue;

import org.jspecify.annotations.NullMarked;
