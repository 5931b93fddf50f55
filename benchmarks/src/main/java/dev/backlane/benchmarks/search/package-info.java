/// Measures the searches of operators in stores with millions of operations.
@NullMarked
package dev.backlane.benchmarks.search;

import org.jspecify.annotations.NullMarked;
