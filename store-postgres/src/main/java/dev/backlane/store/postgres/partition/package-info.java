/// Partitions by time of the tables that keep history: found, created, and dropped as a whole.
@NullMarked
package dev.backlane.store.postgres.partition;

import org.jspecify.annotations.NullMarked;
