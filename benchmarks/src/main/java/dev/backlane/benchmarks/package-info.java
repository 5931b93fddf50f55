/// Benchmarks: the gateway and its upper bounds, the cost of the shared store, and its history.
@NullMarked
package dev.backlane.benchmarks;

import org.jspecify.annotations.NullMarked;
