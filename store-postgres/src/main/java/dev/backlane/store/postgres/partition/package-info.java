/// Partitions by time of the tables that store history: lookup, creation and dropping.
@NullMarked
package dev.backlane.store.postgres.partition;

import org.jspecify.annotations.NullMarked;
