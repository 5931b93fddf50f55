package dev.backlane.benchmarks;

import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Compares the embedded store with one to three nodes on one PostgreSQL: operations per second,
/// and the cost of an operation. The load generator, the upstream, PostgreSQL and all nodes share
/// one machine. Not thread-safe.
final class Nodes {
  private static final int NODES_MAX = 3;
  private static final Duration IDLE_TIME = Duration.ofSeconds(10);

  private final Gateways gateways;
  private final Duration warmUp;
  private final Duration time;
  private int databases;

  /// @param warmUp how long a gateway runs operations before a measurement
  /// @param time the duration of each measurement
  Nodes(Gateways gateways, Duration warmUp, Duration time) {
    this.gateways = gateways;
    this.warmUp = warmUp;
    this.time = time;
  }

  /// The result of one arrangement in one round.
  ///
  /// @param nodes the number of nodes on the shared store; 0: one gateway with the embedded store
  /// @param hotBytes size of the hot tables with their indexes after all operations have ended
  record Measured(
      int nodes, double acceptsPerSecond, double endsPerSecond, NodeCost cost, long hotBytes) {}

  /// Measures all arrangements the given number of times and prints the medians.
  void run(int rounds) throws IOException, InterruptedException, SQLException {
    var measured = new ArrayList<Measured>();
    IdleCost idle = IdleCost.NONE;
    try (var server = PostgresServer.start(PostgresVersion.NEWEST)) {
      for (int round = 1; round <= rounds; round++) {
        for (int nodes = 0; nodes <= NODES_MAX; nodes++) {
          var one = nodes == 0 ? embedded() : shared(server, nodes);
          System.out.println("round " + round + ": " + NodesReport.line(one));
          measured.add(one);
        }
      }
      idle = idle(server);
    }
    System.out.println(NodesReport.of(measured, idle, time));
  }

  private Measured embedded() throws IOException, InterruptedException {
    double accepts;
    try (var upstream = InstantUpstream.silent();
        var gateway = gateways.embedded(upstream.port(), 1)) {
      accepts = accepts(List.of(gateway));
    }
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
      var run =
          new EndToEnd(
              Gateways.backgroundLoad(List.of(gateway.port())),
              upstream,
              () -> Probe.unsettled(gateway.port()));
      run.during(warmUp);
      var before = NodeCost.Reading.of(DatabaseMeter.Reading.NOTHING, List.of(gateway));
      var result = run.during(time);
      var after = NodeCost.Reading.of(DatabaseMeter.Reading.NOTHING, List.of(gateway));
      return new Measured(
          0, accepts, result.perSecond(), NodeCost.between(before, after, result.exchanges()), 0);
    }
  }

  private Measured shared(PostgresServer server, int count)
      throws IOException, InterruptedException, SQLException {
    double accepts;
    var accepting = newDatabase(server);
    try (var upstream = InstantUpstream.silent();
        var nodes = start(server, accepting, count, upstream, 1)) {
      accepts = accepts(nodes.all());
    }
    server.dropDatabase(accepting);
    var database = newDatabase(server);
    try (var upstream = InstantUpstream.responding();
        var nodes = start(server, database, count, upstream, Gateways.WORKERS);
        var meter = new DatabaseMeter(server, database)) {
      var run =
          new EndToEnd(Gateways.backgroundLoad(nodes.ports()), upstream, () -> unsettled(meter));
      // Each process compiles its own code.
      run.during(warmUp.multipliedBy(count));
      meter.resetStatements();
      var before = NodeCost.Reading.of(meter.read(), nodes.all());
      var result = run.during(time);
      var after = NodeCost.Reading.of(meter.read(), nodes.all());
      if (count == 1) {
        System.out.println(NodesReport.statements(meter.statements(), result.exchanges()));
      }
      return new Measured(
          count,
          accepts,
          result.perSecond(),
          NodeCost.between(before, after, result.exchanges()),
          meter.hotBytes());
    } finally {
      server.dropDatabase(database);
    }
  }

  private IdleCost idle(PostgresServer server) throws IOException, SQLException {
    var database = newDatabase(server);
    try (var upstream = InstantUpstream.silent();
        var _ = start(server, database, NODES_MAX, upstream, Gateways.WORKERS);
        var meter = new DatabaseMeter(server, database)) {
      // Waits until the work of the start has ended.
      LockSupport.parkNanos(IDLE_TIME.dividedBy(2).toNanos());
      var before = meter.read();
      long start = System.nanoTime();
      LockSupport.parkNanos(IDLE_TIME.toNanos());
      var cost = meter.read().since(before);
      return new IdleCost(cost, (System.nanoTime() - start) / 1e9 * NODES_MAX);
    } finally {
      server.dropDatabase(database);
    }
  }

  private String newDatabase(PostgresServer server) {
    var database = "nodes_" + ++databases;
    server.createDatabase(database);
    return database;
  }

  private static boolean unsettled(DatabaseMeter meter) throws IOException {
    try {
      return meter.unfinished() > 0;
    } catch (SQLException refused) {
      throw new IOException("the unfinished operations cannot be read from the database", refused);
    }
  }

  // One worker per node, and an upstream that never responds: the nodes only accept.
  private double accepts(List<ServerProcess> servers) throws InterruptedException {
    var ports = servers.stream().map(ServerProcess::port).toList();
    var load = Gateways.backgroundLoad(ports);
    load.during(time.dividedBy(2).multipliedBy(ports.size()));
    return load.during(time).perSecond();
  }

  /// Nodes that run together.
  private record Running(List<ServerProcess> all) implements AutoCloseable {
    List<Integer> ports() {
      return all.stream().map(ServerProcess::port).toList();
    }

    @Override
    public void close() throws IOException {
      for (var each : all) {
        each.close();
      }
    }
  }

  private Running start(
      PostgresServer server, String database, int count, InstantUpstream upstream, int workers)
      throws IOException {
    var nodes = new Running(new ArrayList<>());
    try {
      for (int i = 0; i < count; i++) {
        nodes.all.add(
            gateways.node(
                server.url(database), server.user(), server.password(), upstream.port(), workers));
      }
      return nodes;
    } catch (IOException failed) {
      nodes.close();
      throw failed;
    }
  }
}
