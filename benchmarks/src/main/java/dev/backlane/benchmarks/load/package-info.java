/// The load generator and the upstream, in the process of the benchmark.
@NullMarked
package dev.backlane.benchmarks.load;

import org.jspecify.annotations.NullMarked;
