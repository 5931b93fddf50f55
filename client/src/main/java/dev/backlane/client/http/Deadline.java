package dev.backlane.client.http;

import java.time.Duration;

/// The end of a wait, by the monotonic clock. Immutable.
public final class Deadline {
  /// About 146 years: the longest wait that the monotonic clock can measure.
  private static final Duration MAX = Duration.ofNanos(Long.MAX_VALUE / 2);

  private final long endNanos;

  private Deadline(long endNanos) {
    this.endNanos = endNanos;
  }

  /// The end of a wait that begins now.
  ///
  /// @param wait of any length; one that is not positive is over at once
  public static Deadline after(Duration wait) {
    return new Deadline(System.nanoTime() + bounded(wait).toNanos());
  }

  /// An end that is never reached.
  public static Deadline never() {
    return after(MAX);
  }

  /// The time that is left; zero when it is over.
  public Duration left() {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }

  public boolean over() {
    return left().isZero();
  }

  /// Sleeps, but not beyond the end.
  public void pause(Duration wait) throws InterruptedException {
    Thread.sleep(shorter(wait, left()));
  }

  public static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /// The sum of two waits, which does not overflow.
  public static Duration sum(Duration one, Duration other) {
    return bounded(one).plus(bounded(other));
  }

  private static Duration bounded(Duration wait) {
    return wait.isNegative() ? Duration.ZERO : shorter(wait, MAX);
  }
}
