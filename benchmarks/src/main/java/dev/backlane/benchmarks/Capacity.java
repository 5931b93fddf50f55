package dev.backlane.benchmarks;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.report.MarkdownTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// What one gateway with the embedded store and a heap of 512 MiB holds: operations in flight to a
/// slow upstream, and queued operations, with the time of a start after SIGKILL. Not thread-safe.
final class Capacity {
  private static final Gateways.Variant HEAP =
      Gateways.Variant.NONE.with(Gateways.LONG_QUEUE).options("-Xmx512m");
  private static final Duration UPSTREAM_DELAY = Duration.ofSeconds(10);
  private static final int IN_FLIGHT = 10_000;
  private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(100);

  private final Gateways gateways;
  private final int queued;

  /// @param queued the number of queued operations
  Capacity(Gateways gateways, int queued) {
    this.gateways = gateways;
    this.queued = queued;
  }

  /// Measures and prints two tables.
  void run() throws IOException, InterruptedException {
    System.out.println(inFlight());
    System.out.println();
    System.out.println(queued());
  }

  private MarkdownTable inFlight() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.slow(UPSTREAM_DELAY);
        var gateway = gateways.embedded(gateways.newData(), upstream.port(), IN_FLIGHT, HEAP)) {
      var peak = new Peak(gateway);
      var sampling = Thread.ofPlatform().daemon().start(peak);
      long start = System.nanoTime();
      var accepted = Gateways.backgroundLoad(List.of(gateway.port())).times(IN_FLIGHT);
      while (upstream.calls() < IN_FLIGHT || Probe.unsettled(gateway.port())) {
        LockSupport.parkNanos(SAMPLE_INTERVAL.toNanos());
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      sampling.interrupt();
      sampling.join();
      return new MarkdownTable("in flight, upstream of 10 s", "accepted in", "all ended in", "RSS")
          .row(
              whole(IN_FLIGHT),
              fine(accepted.seconds()) + " s",
              fine(seconds) + " s",
              mebibytes(peak.rssBytes));
    }
  }

  private MarkdownTable queued() throws IOException, InterruptedException {
    var data = gateways.newData();
    Load.Result accepted;
    long rss;
    try (var upstream = InstantUpstream.silent()) {
      try (var gateway = gateways.embedded(data, upstream.port(), 1, HEAP)) {
        accepted = Gateways.backgroundLoad(List.of(gateway.port())).times(queued);
        rss = gateway.rssBytes();
        gateway.kill();
      }
      long start = System.nanoTime();
      try (var gateway = gateways.embedded(data, upstream.port(), 1, HEAP)) {
        double ready = (System.nanoTime() - start) / 1e9;
        new Load(List.of(gateway.port()), 1, Gateways.backgroundCall(), 202).times(1);
        double first = (System.nanoTime() - start) / 1e9;
        return new MarkdownTable(
                "queued", "accepts a second", "RSS", "ready after SIGKILL", "first 202", "RSS then")
            .row(
                whole(queued),
                whole(accepted.perSecond()),
                mebibytes(rss),
                fine(ready) + " s",
                fine(first) + " s",
                mebibytes(gateway.rssBytes()));
      }
    }
  }

  /// The most memory that a process occupies, until the thread is interrupted.
  private static final class Peak implements Runnable {
    private final ServerProcess server;
    private volatile long rssBytes;

    Peak(ServerProcess server) {
      this.server = server;
    }

    @Override
    public void run() {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          rssBytes = Math.max(rssBytes, server.rssBytes());
        } catch (IOException unreadable) {
          throw new UncheckedIOException(unreadable);
        }
        LockSupport.parkNanos(SAMPLE_INTERVAL.toNanos());
      }
    }
  }
}
