/// Runs the real engine in simulated time. Everything that happens is determined by a seed, so that
/// every failure is reproducible.
@NullMarked
package dev.backlane.simulator;

import org.jspecify.annotations.NullMarked;
