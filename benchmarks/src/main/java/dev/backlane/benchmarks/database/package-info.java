/// Access to the database of a measurement: its statistics and the times of its statements.
@NullMarked
package dev.backlane.benchmarks.database;

import org.jspecify.annotations.NullMarked;
