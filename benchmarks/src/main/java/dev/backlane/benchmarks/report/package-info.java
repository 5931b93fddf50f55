/// The format of results: tables and numbers.
@NullMarked
package dev.backlane.benchmarks.report;

import org.jspecify.annotations.NullMarked;
