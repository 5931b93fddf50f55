package dev.backlane.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Calls that run in the background, from the first call to the end of the last operation, so that nothing counts that is only
/// queued. For one thread.
final class EndToEnd {
  private static final Duration SETTLE_MAX = Duration.ofMinutes(5);
  private static final Duration LOOK_PAUSE = Duration.ofMillis(20);

  private final Load load;
  private final InstantUpstream upstream;
  private final Unsettled unsettled;

  /// Tells whether an operation has not ended.
  @FunctionalInterface
  interface Unsettled {
    boolean any() throws IOException;
  }

  /// @param ports of the gateways
  EndToEnd(List<Integer> ports, InstantUpstream upstream, Unsettled unsettled) {
    this.load = new Load(ports, Gateways.CONNECTIONS, Gateways.backgroundCall(), 202);
    this.upstream = upstream;
    this.unsettled = unsettled;
  }

  /// Calls for a time, and waits until all operations have ended.
  Load.Result during(Duration time) throws IOException, InterruptedException {
    long before = upstream.answered();
    long start = System.nanoTime();
    long operations = load.during(time).answers();
    awaitSettled(before + operations);
    return new Load.Result(operations, (System.nanoTime() - start) / 1e9);
  }

  private void awaitSettled(long answers) throws IOException {
    long deadline = System.nanoTime() + SETTLE_MAX.toNanos();
    while (upstream.answered() < answers || unsettled.any()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only "
                + upstream.answered()
                + " of "
                + answers
                + " calls were sent within "
                + SETTLE_MAX);
      }
      LockSupport.parkNanos(LOOK_PAUSE.toNanos());
    }
  }
}
