package dev.backlane.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueueLimitTest {
  /// How many operations one tenant alone can queue.
  private static int queuedAlone(QueueLimit limit) {
    int queued = 0;
    while (queued < limit.max() && limit.permits(queued, queued)) {
      queued++;
    }
    return queued;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "8, 7", "200, 175", "1000000, 875000"})
  void tenantAloneLeavesAnEighth(int max, int alone) {
    assertThat(queuedAlone(new QueueLimit(max, 0, true))).isEqualTo(alone);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 200})
  void callersOfOneTenantUseAll(int max) {
    assertThat(queuedAlone(new QueueLimit(max, 0, false))).isEqualTo(max);
  }

  @Test
  void fixedLimitAppliesInsteadOfTheShare() {
    assertThat(queuedAlone(new QueueLimit(200, 50, true))).isEqualTo(50);
    assertThat(queuedAlone(new QueueLimit(200, 200, true))).isEqualTo(200);
    assertThat(queuedAlone(new QueueLimit(200, 50, false))).isEqualTo(50);
  }

  @Test
  void eachTenantMayUseTheLastEntryOnce() {
    var limit = new QueueLimit(200, 0, true);
    assertThat(limit.permits(199, 0)).isTrue();
    assertThat(limit.permits(199, 1)).isFalse();
  }

  @Test
  void asksForTheNumberOfATenantOnlyIfItMatters() {
    var limit = new QueueLimit(200, 0, true);
    assertThat(limit.nearlyFull(0)).isFalse();
    assertThat(limit.nearlyFull(174)).isFalse();
    assertThat(limit.nearlyFull(175)).isTrue();
    assertThat(new QueueLimit(200, 50, true).nearlyFull(49)).isFalse();
    assertThat(new QueueLimit(200, 50, true).nearlyFull(50)).isTrue();
    assertThat(new QueueLimit(200, 0, false).nearlyFull(199)).isFalse();
  }
}
