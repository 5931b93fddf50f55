package dev.backlane.benchmarks.endurance;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.micros;
import static dev.backlane.benchmarks.report.Numbers.millis;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Gateways;
import dev.backlane.benchmarks.ServerProcess;
import dev.backlane.benchmarks.load.HttpBytes;
import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.load.OpenLoop;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.benchmarks.search.SearchedStore;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.rocksdb.RocksStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.HdrHistogram.Histogram;

/// Compares two gateways with embedded stores, one with few ended operations and one with many, and
/// measures accepts while a million of them expire. Not thread-safe.
public final class Ended {
  private static final int FEW = 10_000;
  private static final int EXPIRING_MAX = 1_000_000;
  private static final int CONNECTIONS = 16;
  private static final int ROUNDS = 10;
  private static final int ACCEPTS_PER_SECOND = 200;
  private static final Duration SLICE = Duration.ofSeconds(1);
  private static final Duration WARM_UP = Duration.ofSeconds(15);
  private static final Duration RETENTION = Duration.ofSeconds(90);

  /// Pruning runs every minute at most.
  private static final Duration PRUNED_WITHIN = Duration.ofSeconds(75);

  private final Gateways gateways;
  private final int operations;

  /// @param operations the number of ended operations
  public Ended(Gateways gateways, int operations) {
    this.gateways = gateways;
    this.operations = operations;
  }

  /// Fills the stores, measures, and prints two tables.
  public void run() throws IOException, InterruptedException {
    System.out.println(compared());
    System.out.println();
    System.out.println(expiring(Math.min(operations, EXPIRING_MAX)));
  }

  private record Filled(Path data, List<OperationId> sample) {
    byte[] state() {
      var id = sample.get(ThreadLocalRandom.current().nextInt(sample.size()));
      return HttpBytes.get("/v1/background/" + id);
    }
  }

  private Filled filled(int count) throws IOException {
    var data = gateways.newData();
    try (var store = RocksStore.open(data)) {
      return new Filled(data, SearchedStore.fill(store, count, Caller.ANONYMOUS));
    }
  }

  private MarkdownTable compared() throws IOException, InterruptedException {
    var few = filled(Math.min(operations, FEW));
    var many = filled(operations);
    var variant = Gateways.Variant.NONE.with(Gateways.LONG_QUEUE);
    try (var upstream = InstantUpstream.silent();
        var small = gateways.embedded(few.data(), upstream.port(), 1, variant);
        var large = gateways.embedded(many.data(), upstream.port(), 1, variant)) {
      var table =
          new MarkdownTable(
              "call, %d connections".formatted(CONNECTIONS),
              "a second with " + whole(Math.min(operations, FEW)),
              "with " + whole(operations),
              "ratio of times",
              "CPU in µs",
              "with " + whole(operations),
              "ratio");
      byte[] accept = Gateways.backgroundCall();
      byte[] list = HttpBytes.get("/v1/background?limit=50");
      row(table, "accept", new Side(small, accept), new Side(large, accept));
      row(
          table,
          "state of one of " + whole(few.sample().size()),
          new Side(small, connection -> connection.send(few.state(), 200)),
          new Side(large, connection -> connection.send(many.state(), 200)));
      row(
          table,
          "list of 50",
          new Side(small, connection -> connection.send(list, 200)),
          new Side(large, connection -> connection.send(list, 200)));
      return table;
    }
  }

  private static void row(MarkdownTable table, String call, Side few, Side many)
      throws InterruptedException {
    few.load.during(WARM_UP);
    many.load.during(WARM_UP);
    // Alternates in short slices, so that other load on the machine affects both.
    for (int round = 0; round < ROUNDS; round++) {
      (round % 2 == 0 ? few : many).measure();
      (round % 2 == 0 ? many : few).measure();
    }
    table.row(
        call,
        whole(few.perSecond()),
        whole(many.perSecond()),
        fine(few.perSecond() / many.perSecond()),
        fine(few.cpuMicros()),
        fine(many.cpuMicros()),
        fine(many.cpuMicros() / few.cpuMicros()));
  }

  /// One gateway, its load, and what was measured so far.
  private static final class Side {
    private final ServerProcess server;
    private final Load load;
    private long exchanges;
    private double seconds;
    private Duration cpu = Duration.ZERO;

    Side(ServerProcess server, byte[] accept) {
      this(server, connection -> connection.send(accept, 202));
    }

    Side(ServerProcess server, Load.Exchange exchange) {
      this.server = server;
      this.load = new Load(List.of(server.port()), CONNECTIONS, exchange);
    }

    void measure() throws InterruptedException {
      var before = server.cpu();
      var result = load.during(SLICE);
      cpu = cpu.plus(server.cpu().minus(before));
      exchanges += result.exchanges();
      seconds += result.seconds();
    }

    double perSecond() {
      return exchanges / seconds;
    }

    double cpuMicros() {
      return micros(cpu, exchanges);
    }
  }

  private MarkdownTable expiring(int count) throws IOException, InterruptedException {
    var expiring = filled(count);
    var variant =
        Gateways.Variant.NONE
            .with(Gateways.LONG_QUEUE)
            .with("retention: %ds".formatted(RETENTION.toSeconds()));
    byte[] accept = Gateways.backgroundCall();
    long started = System.nanoTime();
    try (var upstream = InstantUpstream.silent();
        var gateway = gateways.embedded(expiring.data(), upstream.port(), 1, variant)) {
      new Load(List.of(gateway.port()), CONNECTIONS, accept, 202).during(WARM_UP.multipliedBy(2));
      var accepts = new OpenLoop(gateway.port(), ACCEPTS_PER_SECOND);
      var left = RETENTION.minusNanos(System.nanoTime() - started).minus(SLICE);
      var before = accepts.during(left, connection -> connection.send(accept, 202));
      var table =
          new MarkdownTable(
              "accepts, %d a second".formatted(ACCEPTS_PER_SECOND), "median in ms", "p99", "max");
      row(table, "before", before);
      requireState(gateway, expiring, 200);
      row(
          table,
          "while " + whole(count) + " operations expire",
          accepts.during(PRUNED_WITHIN, connection -> connection.send(accept, 202)));
      requireState(gateway, expiring, 404);
      return table;
    }
  }

  private static void requireState(ServerProcess gateway, Filled filled, int status)
      throws InterruptedException {
    new Load(List.of(gateway.port()), 1, filled.state(), status).times(1);
  }

  private static void row(MarkdownTable table, String when, Histogram nanos) {
    table.row(
        when,
        millis(nanos.getValueAtPercentile(50)),
        millis(nanos.getValueAtPercentile(99)),
        millis(nanos.getMaxValue()));
  }
}
