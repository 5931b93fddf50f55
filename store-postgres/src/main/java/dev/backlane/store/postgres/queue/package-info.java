/// Tables as queues: what waits, in which order it is claimed, and how much of it there is.
@NullMarked
package dev.backlane.store.postgres.queue;

import org.jspecify.annotations.NullMarked;
