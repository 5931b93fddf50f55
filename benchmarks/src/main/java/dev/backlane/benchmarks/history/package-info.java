/// Measures the cost of a long history in PostgreSQL, and of pruning it.
@NullMarked
package dev.backlane.benchmarks.history;

import org.jspecify.annotations.NullMarked;
