/// Benchmarks: the throughput of the gateway compared with its upper bounds, and the cost of the
/// shared store.
@NullMarked
package dev.backlane.benchmarks;

import org.jspecify.annotations.NullMarked;
