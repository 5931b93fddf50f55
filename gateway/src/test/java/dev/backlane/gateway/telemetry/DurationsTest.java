package dev.backlane.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Percentiles out of the buckets of a histogram.
final class DurationsTest {
  private static final List<Duration> BOUNDS =
      List.of(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10));

  private static Durations of(long upTo100Millis, long upTo1Second, long upTo10Seconds, long all) {
    return Durations.of(BOUNDS, List.of(upTo100Millis, upTo1Second, upTo10Seconds), all);
  }

  private static Duration percentile(Durations durations, double share) {
    return durations.percentile(share).orElseThrow().duration();
  }

  @Test
  void interpolatesWithinTheBucketOfThePercentile() {
    var durations = of(50, 100, 100, 100);

    assertThat(percentile(durations, 0.25)).isEqualTo(Duration.ofMillis(50));
    assertThat(percentile(durations, 0.5)).isEqualTo(Duration.ofMillis(100));
    assertThat(percentile(durations, 0.75)).isEqualTo(Duration.ofMillis(550));
    assertThat(percentile(durations, 1)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void skipsEmptyBuckets() {
    assertThat(percentile(of(0, 0, 4, 4), 0.5)).isEqualTo(Duration.ofMillis(5_500));
  }

  @Test
  void marksPercentilesAboveTheLastBound() {
    assertThat(of(1, 1, 1, 10).percentile(0.95))
        .contains(new Durations.Percentile(Duration.ofSeconds(10), true));
  }

  @Test
  void hasNoPercentileWithoutDurations() {
    assertThat(Durations.NONE.percentile(0.5)).isEmpty();
    assertThat(of(0, 0, 0, 0).percentile(0.5)).isEmpty();
  }

  @Test
  void countsWhatWasRecordedSinceAnEarlierState() {
    var before = of(10, 20, 30, 40);
    var now = of(10, 30, 40, 50);

    assertThat(now.since(before).total()).isEqualTo(10);
    assertThat(percentile(now.since(before), 0.5)).isEqualTo(Duration.ofMillis(550));
    assertThat(now.since(Durations.NONE).total()).isEqualTo(50);
    assertThat(now.plus(before).total()).isEqualTo(90);
  }

  @Test
  void refusesToCombineOtherBounds() {
    var other = Durations.of(List.of(Duration.ofSeconds(5)), List.of(1L), 1);

    assertThatThrownBy(() -> of(1, 1, 1, 1).plus(other)).isInstanceOf(IllegalStateException.class);
  }
}
