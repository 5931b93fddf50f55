package dev.backlane.benchmarks;

import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Measures background calls from the first call to the end of the last operation, so that queued
/// operations do not count. Not thread-safe.
public final class EndToEnd {
  private static final Duration SETTLE_MAX = Duration.ofMinutes(5);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

  private final Load load;
  private final InstantUpstream upstream;
  private final Unsettled unsettled;

  /// Returns whether any operation has not ended.
  @FunctionalInterface
  public interface Unsettled {
    boolean any() throws IOException;
  }

  /// @param load sends background calls
  public EndToEnd(Load load, InstantUpstream upstream, Unsettled unsettled) {
    this.load = load;
    this.upstream = upstream;
    this.unsettled = unsettled;
  }

  /// The same for a gateway without authentication.
  ///
  /// @param port of the gateway
  public static EndToEnd of(Load load, InstantUpstream upstream, int port) {
    return new EndToEnd(load, upstream, () -> Probe.unsettled(port));
  }

  /// Sends calls for a time, and waits until all operations have ended.
  public Load.Result during(Duration time) throws IOException, InterruptedException {
    return run(() -> load.during(time));
  }

  /// Sends a number of calls, and waits until all operations have ended.
  public Load.Result times(long operations) throws IOException, InterruptedException {
    return run(() -> load.times(operations));
  }

  private Load.Result run(Load.Run calls) throws IOException, InterruptedException {
    long before = upstream.calls();
    long start = System.nanoTime();
    long operations = calls.make().exchanges();
    awaitSettled(before + operations);
    return new Load.Result(operations, (System.nanoTime() - start) / 1e9);
  }

  private void awaitSettled(long calls) throws IOException {
    long deadline = System.nanoTime() + SETTLE_MAX.toNanos();
    while (upstream.calls() < calls || unsettled.any()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only " + upstream.calls() + " of " + calls + " calls were sent within " + SETTLE_MAX);
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }
}
