package dev.backlane.benchmarks;

import static dev.backlane.benchmarks.report.Numbers.millis;

import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.load.OpenLoop;
import dev.backlane.benchmarks.report.MarkdownTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/// Measures how long single calls take while few are made, beside a flush of the disk and the same
/// call without a gateway. Not thread-safe.
final class Latency {
  private static final int PER_SECOND = 50;
  private static final int FLUSHED_BYTES = 4 * 1024;

  private final Gateways gateways;
  private final Duration warmUp;
  private final Duration time;

  /// @param warmUp the duration of the full load before the measurements
  /// @param time the duration of each measurement
  Latency(Gateways gateways, Duration warmUp, Duration time) {
    this.gateways = gateways;
    this.warmUp = warmUp;
    this.time = time;
  }

  /// Measures, and prints a table.
  void run() throws IOException, InterruptedException {
    var table =
        new MarkdownTable("%d a second".formatted(PER_SECOND), "median in ms", "p99", "max");
    row(table, "flush of 4 KiB to the disk", flushes());
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
      byte[] call = Gateways.call();
      byte[] background = Gateways.backgroundCall();
      warmUp(gateway, connection -> connection.send(call, 200));
      warmUp(gateway, Gateways.WAITING_AND_READING);
      var direct = new OpenLoop(upstream.port(), PER_SECOND);
      var through = new OpenLoop(gateway.port(), PER_SECOND);
      row(table, "direct call", direct.during(time, connection -> connection.send(call, 200)));
      row(table, "proxied call", through.during(time, connection -> connection.send(call, 200)));
      row(table, "accept", through.during(time, connection -> connection.send(background, 202)));
      row(
          table,
          "accept until the stored response was read",
          through.during(time, Gateways.WAITING_AND_READING));
    }
    System.out.println(table);
  }

  private void warmUp(ServerProcess gateway, Load.Exchange exchange) throws InterruptedException {
    new Load(List.of(gateway.port()), Gateways.WORKERS, exchange).during(warmUp.dividedBy(2));
  }

  private static void row(MarkdownTable table, String measured, Histogram nanos) {
    table.row(
        measured,
        millis(nanos.getValueAtPercentile(50)),
        millis(nanos.getValueAtPercentile(99)),
        millis(nanos.getMaxValue()));
  }

  // Appends at the rate of the calls, as a log does: a disk that is rarely used responds later.
  private Histogram flushes() throws IOException, InterruptedException {
    var times = new Histogram(3);
    var interval = Duration.ofSeconds(1).dividedBy(PER_SECOND);
    long flushes = time.dividedBy(interval);
    var file = Files.createTempFile(gateways.work(), "flushed-", ".log");
    try (var log = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long each = 0; each < flushes; each++) {
        Thread.sleep(interval);
        var bytes = ByteBuffer.allocate(FLUSHED_BYTES);
        while (bytes.hasRemaining()) {
          log.write(bytes);
        }
        long start = System.nanoTime();
        log.force(false);
        times.recordValue(System.nanoTime() - start);
      }
    }
    return times;
  }
}
