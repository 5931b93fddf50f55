package dev.backlane.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Measures, in one run on one machine, what the gateway does a second against what its parts could do at best:
///
/// | measured | ceiling |
/// | --- | --- |
/// | durable accepts: 202 after commit and fsync | the same HTTP server that answers 202 and stores nothing |
/// | operations end to end: accepted, sent, answered, settled | the gateway's own synchronous proxying |
///
/// Numbers of one machine are noise to another; the ratios are what counts. The load generator and the upstream share the
/// machine with the gateway.
public final class Benchmark {
  private static final int CONNECTIONS = 256;
  private static final int BODY_BYTES = 1024;
  private static final Duration SETTLE_MAX = Duration.ofMinutes(5);
  private static final String TRIGGER = "erp-api-background: none";

  private final Path jar;
  private final Path work;
  private final Duration time;

  private Benchmark(Path jar, Path work, Duration time) {
    this.jar = jar;
    this.work = work;
    this.time = time;
  }

  private record Round(double bare, double accepts, double proxied, double endToEnd) {}

  /// Runs the benchmark and prints its table.
  ///
  /// @param args the gateway's jar, seconds a measurement (default 8), rounds (default 3)
  public static void main(String[] args) throws IOException, InterruptedException {
    var work = Files.createTempDirectory("backlane-benchmark-");
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 8;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
    var benchmark = new Benchmark(Path.of(args[0]), work, Duration.ofSeconds(seconds));
    try {
      var measured = new ArrayList<Round>();
      for (int i = 1; i <= rounds; i++) {
        var round = benchmark.round();
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
    } finally {
      deleteAll(work);
    }
  }

  private Round round() throws IOException, InterruptedException {
    return new Round(bare(), accepts(), proxied(), endToEnd());
  }

  private double bare() throws IOException, InterruptedException {
    try (var server =
        ServerProcess.start(
            work.resolve("bare.log"),
            List.of("-cp", System.getProperty("java.class.path"), BareServer.class.getName()))) {
      return measured(server.port(), HttpBytes.post("/invoices", BODY_BYTES), 202);
    }
  }

  // One worker, and an upstream that never answers: nothing but accepting goes on.
  private double accepts() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.silent();
        var gateway = gateway(upstream.port(), 1)) {
      return measured(gateway.port(), HttpBytes.post("/invoices", BODY_BYTES, TRIGGER), 202);
    }
  }

  private double proxied() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.answering();
        var gateway = gateway(upstream.port(), 64)) {
      return measured(gateway.port(), HttpBytes.post("/invoices", BODY_BYTES), 200);
    }
  }

  // From the first call to the end of the last operation, so that nothing counts that is only
  // queued.
  private double endToEnd() throws IOException, InterruptedException {
    try (var upstream = InstantUpstream.answering();
        var gateway = gateway(upstream.port(), 64)) {
      var request = HttpBytes.post("/invoices", BODY_BYTES, TRIGGER);
      var warm = new Load(gateway.port(), CONNECTIONS, request, 202).during(time);
      awaitSettled(gateway.port(), upstream, warm.answers());
      long before = upstream.answered();
      long start = System.nanoTime();
      var load = new Load(gateway.port(), CONNECTIONS, request, 202).during(time);
      awaitSettled(gateway.port(), upstream, before + load.answers());
      return load.answers() / ((System.nanoTime() - start) / 1e9);
    }
  }

  private double measured(int port, byte[] request, int status) throws InterruptedException {
    new Load(port, CONNECTIONS, request, status).during(time.dividedBy(2));
    return new Load(port, CONNECTIONS, request, status).during(time).perSecond();
  }

  private static void awaitSettled(int port, InstantUpstream upstream, long operations)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SETTLE_MAX.toNanos();
    while (upstream.answered() < operations || Probe.unsettled(port)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only "
                + upstream.answered()
                + " of "
                + operations
                + " operations were sent within "
                + SETTLE_MAX);
      }
      Thread.sleep(Duration.ofMillis(20));
    }
  }

  private ServerProcess gateway(int upstreamPort, int concurrency) throws IOException {
    var data = Files.createTempDirectory(work, "data-");
    var config = Files.createTempFile(work, "backlane-", ".yaml");
    Files.writeString(
        config,
        """
        server: { port: 0 }
        upstream: { url: "http://127.0.0.1:%d" }
        auth: { mode: none }
        store: { kind: rocksdb, path: "%s" }
        execution: { concurrency: %d, drain-timeout: 1s }
        """
            .formatted(upstreamPort, data, concurrency),
        StandardCharsets.UTF_8);
    return ServerProcess.start(
        work.resolve("gateway.log"),
        List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
  }

  private static void print(List<Round> rounds) {
    double bare = median(rounds.stream().map(Round::bare).toList());
    double accepts = median(rounds.stream().map(Round::accepts).toList());
    double proxied = median(rounds.stream().map(Round::proxied).toList());
    double endToEnd = median(rounds.stream().map(Round::endToEnd).toList());
    System.out.printf(
        Locale.ROOT,
        """

        Median of %d, %d B bodies, %d connections, %d processors, Java %s

        | measured | a second | ceiling | a second | ratio |
        | --- | --- | --- | --- | --- |
        | durable accepts | %.0f | the HTTP server alone | %.0f | %.2f |
        | operations end to end | %.0f | synchronous proxying | %.0f | %.2f |
        """,
        rounds.size(),
        BODY_BYTES,
        CONNECTIONS,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        accepts,
        bare,
        accepts / bare,
        endToEnd,
        proxied,
        endToEnd / proxied);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void deleteAll(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
