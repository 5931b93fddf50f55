package dev.backlane.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The checker finds bugs: for each planted bug there is a seed that reveals it and that has no
/// violation without it. The expected seed is the first one, so that a checker that became less
/// sensitive is noticed. A change of the order of events in the engine may change the seed; the
/// failure message contains the new one.
final class PlantedBugsTest {
  private static final int SEEDS_MAX = 5_000;
  private static final Set<PlantedBug> FOUND = new HashSet<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ACK_BEFORE_COMMIT            |   1 | it was accepted and",
        "SETTLE_WITHOUT_FENCING       |   4 | settled operation changed",
        "POST_REPEATED_AFTER_CRASH    |   1 | was sent again, which may have acted",
        "LOST_LEASE_IGNORED           |   1 | two attempts were in flight at once",
        "RETRY_AFTER_401              |   1 | sent again after the response 401",
        "CANCEL_LOSES_RESULT          |  65 | settled operation changed",
        "STARVATION                   |   3 | it was accepted and ended 0 times",
        "LOST_WAKE_UP                 |   1 | it was accepted and ended 0 times",
        "CONCURRENCY_OVERRUN          |   3 | attempts were in flight in one process",
        "ATTEMPTS_WITHOUT_END         |  36 | there is an attempt 5",
        "WALL_CLOCK                   |  12 | it was accepted and ended 0 times",
        "UNSENT_COUNTED               |   4 | it failed unsent before its time was over",
        "CIRCUIT_STAYS_OPEN           |   1 | it was accepted and ended 0 times",
        "DEADLINE_IGNORED             | 474 | it was sent after its time was over",
        "START_AFTER_SENDING          |   4 | was sent again, which may have acted",
      })
  void findsThePlantedBug(PlantedBug bug, long seed, String violation) {
    long lowestSeed = firstSeedThatFinds(bug, violation);

    assertThat(lowestSeed).as("the expected seed").isEqualTo(seed);
    assertThat(Simulation.run(seed)).isEmpty();
    FOUND.add(bug);
  }

  @AfterAll
  static void everyBugHasASeed() {
    assertThat(FOUND).containsExactlyInAnyOrder(PlantedBug.values());
  }

  private static long firstSeedThatFinds(PlantedBug bug, String violation) {
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      if (Simulation.run(seed, bug).stream().anyMatch(found -> found.contains(violation))) {
        return seed;
      }
    }
    throw new AssertionError("no seed up to " + SEEDS_MAX + " finds " + bug);
  }
}
