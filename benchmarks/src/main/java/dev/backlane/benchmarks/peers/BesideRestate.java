package dev.backlane.benchmarks.peers;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.EndToEnd;
import dev.backlane.benchmarks.Gateways;
import dev.backlane.benchmarks.load.HttpBytes;
import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.benchmarks.report.Numbers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// Compares background calls of the gateway with those of Restate, whose server is installed by
/// npm for this. Both store a call on the disk before they respond with 202. Not thread-safe.
public final class BesideRestate {
  private final Gateways gateways;
  private final Duration warmUp;
  private final long operations;

  /// @param warmUp the duration of the load before a measurement; Restate, which needs no compiler
  ///     at run time and would queue its calls for minutes, gets as many calls end to end as are
  ///     measured
  /// @param operations the number of calls of each measurement
  public BesideRestate(Gateways gateways, Duration warmUp, long operations) {
    this.gateways = gateways;
    this.warmUp = warmUp;
    this.operations = operations;
  }

  /// Measures, and prints a table.
  public void run() throws IOException, InterruptedException {
    var installed = RestateServer.install(gateways.work());
    var table =
        new MarkdownTable("measured", "per second", "ratio", "CPU in µs: all", "ratio of the CPU");
    rows(table, "accepts", restateAccepts(installed), accepts());
    rows(table, "end to end", restateEndToEnd(installed), endToEnd());
    System.out.println(table);
  }

  private static void rows(MarkdownTable table, String name, Measured restate, Measured gateway) {
    table.row(name + ", Restate", whole(restate.perSecond), "", whole(restate.micros), "");
    table.row(
        name + ", the gateway",
        whole(gateway.perSecond),
        fine(gateway.perSecond / restate.perSecond),
        whole(gateway.micros),
        fine(gateway.micros / restate.micros));
  }

  /// @param perSecond calls a second
  /// @param micros CPU time of all processes for a call
  private record Measured(double perSecond, double micros) {}

  // One call at the upstream, which never responds: both only accept.
  private Measured restateAccepts(Path installed) throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.silent();
        var restate = RestateServer.start(installed, upstream.port(), 1)) {
      return accepts(restate.port(), restateCall(), restate::cpu);
    }
  }

  private Measured accepts() throws IOException, InterruptedException {
    var unlimited = Gateways.Variant.NONE.with(Gateways.LONG_QUEUE);
    try (var upstream = InstantUpstream.silent();
        var gateway = gateways.embedded(gateways.newData(), upstream.port(), 1, unlimited)) {
      return accepts(gateway.port(), Gateways.backgroundCall(), gateway::cpu);
    }
  }

  private Measured accepts(int port, byte[] call, Supplier<Duration> cpu)
      throws IOException, InterruptedException {
    var load = load(port, call);
    load.during(warmUp);
    return measured(cpu, () -> load.times(operations));
  }

  private Measured restateEndToEnd(Path installed) throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.responding();
        var restate = RestateServer.start(installed, upstream.port(), Gateways.WORKERS)) {
      // The call has ended for Restate a moment after its response was sent.
      var run = new EndToEnd(load(restate.port(), restateCall()), upstream, () -> false);
      run.times(operations);
      return measured(restate::cpu, () -> run.times(operations));
    }
  }

  private Measured endToEnd() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
      var load = load(gateway.port(), Gateways.backgroundCall());
      var run = EndToEnd.of(load, upstream, gateway.port());
      run.during(warmUp);
      return measured(gateway::cpu, () -> run.times(operations));
    }
  }

  private static Measured measured(Supplier<Duration> cpu, Load.Run run)
      throws IOException, InterruptedException {
    var before = cpu.get().plus(ownCpu());
    var result = run.make();
    var used = cpu.get().plus(ownCpu()).minus(before);
    return new Measured(result.perSecond(), Numbers.micros(used, result.exchanges()));
  }

  private static Duration ownCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static byte[] restateCall() {
    return HttpBytes.post(
        RestateServer.TARGET, Gateways.BODY_BYTES, "Content-Type: application/octet-stream");
  }

  private static Load load(int port, byte[] call) {
    return new Load(List.of(port), Gateways.CONNECTIONS, call, 202);
  }
}
