package dev.backlane.engine.execution.leases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.Heartbeat;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SilencesTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration COUNTED_MAX = Duration.ofSeconds(3);

  private final Silences silences = new Silences(COUNTED_MAX);
  private long now = -5_000_000_000L;

  private void observe(Duration after, long beat, Duration recorded) {
    now += after.toNanos();
    silences.observe(List.of(new Heartbeat("other", beat, LEASE, recorded)), now, now);
  }

  private void observe(int secondsAfter, long beat) {
    observe(Duration.ofSeconds(secondsAfter), beat, Duration.ZERO);
  }

  @Test
  void judgesNoHolderBeforeAWholeLeaseWasObserved() {
    observe(3600, 7);
    for (int i = 0; i < 4; i++) {
      observe(2, 7);
      assertThat(silences.dead()).isEmpty();
    }
    assertThat(silences.untilDead(Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(2));
    observe(2, 7);
    assertThat(silences.dead())
        .containsExactly(new Heartbeat("other", 7, LEASE, Duration.ofSeconds(10)));
  }

  @Test
  void renewalResetsTheSilence() {
    observe(0, 1);
    observe(2, 1);
    observe(2, 1);
    assertThat(silences.longerThan(Duration.ofSeconds(3))).hasSize(1);
    observe(2, 2);
    assertThat(silences.longerThan(Duration.ZERO)).isEmpty();
    assertThat(silences.untilDead(Duration.ofSeconds(20))).isEqualTo(LEASE);
  }

  @Test
  void anOutageCountsAsOneIntervalAtMost() {
    observe(0, 1);
    observe(3600, 1);
    assertThat(silences.dead()).isEmpty();
    assertThat(silences.longerThan(Duration.ZERO))
        .extracting(Heartbeat::silence)
        .containsExactly(COUNTED_MAX);
  }

  @Test
  void continuesWithWhatOthersRecorded() {
    observe(Duration.ZERO, 1, Duration.ofSeconds(7));
    assertThat(silences.dead()).isEmpty();
    observe(3, 1);
    assertThat(silences.dead()).hasSize(1);
    // What was recorded about an earlier renewal does not count.
    observe(0, 2);
    assertThat(silences.dead()).isEmpty();
  }

  @Test
  void countsOnlyTheTimeBetweenTwoReads() {
    var other = List.of(new Heartbeat("other", 1, LEASE, Duration.ZERO));
    silences.observe(other, 0, Duration.ofSeconds(1).toNanos());
    silences.observe(other, Duration.ofSeconds(2).toNanos(), Duration.ofSeconds(5).toNanos());
    assertThat(silences.longerThan(Duration.ZERO))
        .extracting(Heartbeat::silence)
        .containsExactly(Duration.ofSeconds(1));
  }
}
