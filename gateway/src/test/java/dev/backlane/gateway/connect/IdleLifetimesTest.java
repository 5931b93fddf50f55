package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class IdleLifetimesTest {
  private static final Duration BRIEF = Duration.ofMillis(99);
  private static final Duration LONG = Duration.ofSeconds(1);

  private final IdleLifetimes lifetimes = new IdleLifetimes();

  @Test
  void trustsBriefIdleTimesOfAnUpstreamThatKeepsConnections() {
    survive(31);
    assertThat(lifetimes.trust(BRIEF)).isFalse();
    survive(1);
    assertThat(lifetimes.trust(BRIEF)).isTrue();
    assertThat(lifetimes.trust(Duration.ofMillis(100))).isFalse();
  }

  @Test
  void doesNotLearnFromConnectionsInConstantUse() {
    for (int each = 0; each < 1_000; each++) {
      lifetimes.survived(Duration.ofMillis(999));
    }
    assertThat(lifetimes.trust(Duration.ZERO)).isFalse();
  }

  @Test
  void earlyCloseEndsTheTrust() {
    survive(100);
    lifetimes.closed(Duration.ofMillis(999));
    assertThat(lifetimes.trust(Duration.ZERO)).isFalse();
    survive(32);
    assertThat(lifetimes.trust(Duration.ZERO)).isTrue();
  }

  @Test
  void closeAfterALongTimeKeepsTheTrust() {
    survive(32);
    lifetimes.closed(LONG);
    assertThat(lifetimes.trust(BRIEF)).isTrue();
  }

  private void survive(int times) {
    for (int each = 0; each < times; each++) {
      lifetimes.survived(LONG);
    }
  }
}
