package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// What the engine takes from outside, so that the simulator can give it other: where threads run, what time it is, and chance.
///
/// @param random spreads back-offs; thread-safe
public record Surroundings(Threads threads, InstantSource clock, RandomGenerator random) {}
