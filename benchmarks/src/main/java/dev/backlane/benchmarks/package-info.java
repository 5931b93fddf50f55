/// Measures the gateway against its own ceilings, on one machine and in one run.
@NullMarked
package dev.backlane.benchmarks;

import org.jspecify.annotations.NullMarked;
