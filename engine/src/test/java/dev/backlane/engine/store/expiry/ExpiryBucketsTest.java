package dev.backlane.engine.store.expiry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.expiry.ExpiryBuckets.Bucket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExpiryBucketsTest {
  private static final Duration RETENTION = Duration.ofHours(24);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ExpiryBuckets buckets = new ExpiryBuckets();

  private List<Bucket> step(Duration elapsed) {
    return buckets.advance(new RetentionStep(RETENTION, elapsed, START));
  }

  private static OperationId at(Duration time) {
    return OperationId.lowest(START.plus(time));
  }

  @Test
  void recordsTheEndsOfABucketOncePerStep() {
    step(Duration.ofMinutes(1));
    assertThat(buckets.ended(at(Duration.ZERO))).isPresent();
    assertThat(buckets.ended(at(Duration.ofSeconds(1)))).isEmpty();
    step(Duration.ofMinutes(1));
    assertThat(buckets.ended(at(Duration.ZERO)))
        .hasValueSatisfying(bucket ->
            assertThat(bucket.lastEndMillis()).isEqualTo(Duration.ofMinutes(2).toMillis()));
  }

  @Test
  void hasAboutAHundredBucketsPerRetention() {
    step(Duration.ofMinutes(1));
    int stored = 0;
    for (int second = 0; second < RETENTION.toSeconds(); second++) {
      stored += buckets.ended(at(Duration.ofSeconds(second))).isPresent() ? 1 : 0;
    }
    assertThat(stored).isBetween(64, 130);
  }

  @Test
  void expiresABucketAfterTheRetentionOfItsLastEnd() {
    step(Duration.ZERO);
    buckets.ended(at(Duration.ZERO));
    assertThat(step(RETENTION)).isEmpty();
    assertThat(step(Duration.ofMinutes(3))).hasSize(1);
    buckets.ended(at(Duration.ZERO));
    assertThat(step(RETENTION)).isEmpty();
  }

  @Test
  void keepsTheRecordOfABucketInWhichAnOperationEndedMeanwhile() {
    step(Duration.ZERO);
    buckets.ended(at(Duration.ZERO));
    var expired = step(RetentionStep.kept(RETENTION)).getFirst();
    var again = buckets.ended(at(Duration.ZERO)).orElseThrow();
    assertThat(buckets.remove(expired)).isFalse();
    assertThat(buckets.oldest()).contains(again.from());
    assertThat(buckets.remove(again)).isTrue();
    assertThat(buckets.oldest()).isEmpty();
  }

  @Test
  void bucketsOfTwoRetentionsDoNotOverlap() {
    step(Duration.ZERO);
    var wide = buckets.ended(at(Duration.ofMinutes(30))).orElseThrow();
    buckets.advance(new RetentionStep(Duration.ofMinutes(1), Duration.ZERO, START));
    assertThat(buckets.ended(at(Duration.ofMinutes(30)))).isEmpty();
    var narrow =
        buckets.ended(OperationId.lowest(Instant.ofEpochMilli(wide.toMillis()))).orElseThrow();
    assertThat(narrow.fromMillis()).isEqualTo(wide.toMillis());
    step(Duration.ofMinutes(1));
    var between =
        buckets
            .ended(OperationId.lowest(Instant.ofEpochMilli(narrow.toMillis() + 1)))
            .orElseThrow();
    assertThat(between.fromMillis()).isEqualTo(narrow.toMillis());
    assertThat(between.toMillis() - between.fromMillis()).isGreaterThan(1_000_000);
  }
}
