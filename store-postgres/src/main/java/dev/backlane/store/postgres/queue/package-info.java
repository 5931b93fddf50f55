/// Tables as queues: the order of claims, and the number of waiting rows.
@NullMarked
package dev.backlane.store.postgres.queue;

import org.jspecify.annotations.NullMarked;
