package dev.backlane.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// The wall clock of a simulated machine or database: the simulated time, and jumps that its seed
/// determines. A jump may last until the end of the simulation.
final class SimulatedWall implements InstantSource {
  /// Differences from the simulated time, small ones included.
  private static final List<Duration> DIFFERENCES =
      List.of(
          Duration.ZERO,
          Duration.ofHours(-2),
          Duration.ofHours(30),
          Duration.ofSeconds(-4),
          Duration.ofSeconds(4));

  private static final int JUMPS_MAX = 4;

  private final InstantSource time;
  private final TreeMap<Instant, Duration> differences = new TreeMap<>();

  /// A clock that is always right.
  SimulatedWall(InstantSource time) {
    this.time = time;
    differences.put(Instant.MIN, Duration.ZERO);
  }

  /// A clock that jumps, in one of two simulations.
  SimulatedWall(InstantSource time, long seed) {
    this(time);
    // Its own random numbers, so that jumps do not change what else happens.
    var random = new SplittableRandom(~seed);
    int jumps = random.nextBoolean() ? 0 : random.nextInt(1, JUMPS_MAX);
    for (int jump = 0; jump < jumps; jump++) {
      var at = time.instant().plusMillis(random.nextLong(Scenario.FAULTS_END.toMillis()));
      differences.put(at, DIFFERENCES.get(random.nextInt(DIFFERENCES.size())));
    }
  }

  /// Whether it differs from the simulated time at some point.
  boolean jumps() {
    return differences.size() > 1;
  }

  @Override
  public Instant instant() {
    var now = time.instant();
    return now.plus(differences.floorEntry(now).getValue());
  }
}
