/// Measures single steps of the hot path with JMH: time and allocations.
@NullMarked
package dev.backlane.benchmarks.steps;

import org.jspecify.annotations.NullMarked;
