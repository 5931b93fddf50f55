package dev.backlane.benchmarks;

import dev.backlane.benchmarks.report.Numbers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Measures, in one run on one machine, the throughput of the gateway and its upper bounds:
///
/// | measured | upper bound |
/// | --- | --- |
/// | durable accepts | the same HTTP server, which returns 202 and stores nothing |
/// | operations from accept to end | the gateway's own synchronous proxying |
///
/// Only the ratios are comparable between machines. The load generator and the upstream share the
/// machine with the gateway.
final class Ceilings {
  private final Gateways gateways;
  private final Path work;
  private final Duration time;

  /// @param time the duration of each measurement
  Ceilings(Gateways gateways, Path work, Duration time) {
    this.gateways = gateways;
    this.work = work;
    this.time = time;
  }

  private record Round(double bare, double accepts, double proxied, double endToEnd) {}

  /// Measures the given number of rounds and prints the medians.
  void run(int rounds) throws IOException, InterruptedException {
    var measured = new ArrayList<Round>();
    for (int i = 1; i <= rounds; i++) {
      var round = round();
      System.out.printf(
          Locale.ROOT,
          "round %d: bare %.0f/s, accepts %.0f/s, proxied %.0f/s, end to end %.0f/s%n",
          i,
          round.bare(),
          round.accepts(),
          round.proxied(),
          round.endToEnd());
      measured.add(round);
    }
    print(measured);
  }

  private Round round() throws IOException, InterruptedException {
    return new Round(bare(), accepts(), proxied(), endToEnd());
  }

  private double bare() throws IOException, InterruptedException {
    try (var server =
        ServerProcess.start(
            work.resolve("bare.log"),
            List.of("-cp", System.getProperty("java.class.path"), BareServer.class.getName()))) {
      return measured(server.port(), Gateways.call(), 202);
    }
  }

  // One worker, and an upstream that never responds: the gateway only accepts.
  private double accepts() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.silent();
        var gateway = gateways.embedded(upstream.port(), 1)) {
      return measured(gateway.port(), Gateways.backgroundCall(), 202);
    }
  }

  private double proxied() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
      return measured(gateway.port(), Gateways.call(), 200);
    }
  }

  // From the first call to the end of the last operation, so that queued operations do not count.
  private double endToEnd() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.responding();
        var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
      var run =
          new EndToEnd(List.of(gateway.port()), upstream, () -> Probe.unsettled(gateway.port()));
      run.during(time);
      return run.during(time).perSecond();
    }
  }

  private double measured(int port, byte[] request, int status) throws InterruptedException {
    var load = new Load(List.of(port), Gateways.CONNECTIONS, request, status);
    load.during(time.dividedBy(2));
    return load.during(time).perSecond();
  }

  private static void print(List<Round> rounds) {
    double bare = Numbers.median(rounds.stream().map(Round::bare).toList());
    double accepts = Numbers.median(rounds.stream().map(Round::accepts).toList());
    double proxied = Numbers.median(rounds.stream().map(Round::proxied).toList());
    double endToEnd = Numbers.median(rounds.stream().map(Round::endToEnd).toList());
    System.out.printf(
        Locale.ROOT,
        """

        Median of %d, %d B bodies, %d connections, %d processors, Java %s

        | measured | per second | upper bound | per second | ratio |
        | --- | --- | --- | --- | --- |
        | durable accepts | %.0f | the HTTP server alone | %.0f | %.2f |
        | operations end to end | %.0f | synchronous proxying | %.0f | %.2f |
        """,
        rounds.size(),
        Gateways.BODY_BYTES,
        Gateways.CONNECTIONS,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        accepts,
        bare,
        accepts / bare,
        endToEnd,
        proxied,
        endToEnd / proxied);
  }
}
