package dev.backlane.benchmarks;

import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.report.Numbers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What is measured: a load on a server that is started for it, with the load generator and the
/// upstream in this process.
enum Scenario {
  BARE_64("the HTTP server alone, 64 connections", 64),
  ACCEPT_64("accepts, 64 connections", 64),
  BARE("the HTTP server alone", Gateways.CONNECTIONS),
  ACCEPT("accepts", Gateways.CONNECTIONS),
  PROXY("synchronous proxying", Gateways.CONNECTIONS),
  END_TO_END("end to end", Gateways.CONNECTIONS),
  WAIT_AND_READ_64("end to end, waiting and reading, 64 connections", 64),
  WAIT_AND_READ("end to end, waiting and reading", Gateways.CONNECTIONS),
  ACCEPT_JWT("accepts with a JWT", Gateways.CONNECTIONS),
  END_TO_END_JWT("end to end with a JWT", Gateways.CONNECTIONS),
  END_TO_END_WEBHOOK("end to end with a signed webhook", Gateways.CONNECTIONS),
  PROXY_LARGE("synchronous proxying, 1 MiB each way, 16 connections", 16),
  WAIT_AND_READ_LARGE("end to end, waiting and reading, 1 MiB each way, 16 connections", 16);

  /// Those of a quick run.
  static final List<Scenario> QUICK = List.of(BARE, ACCEPT, PROXY, END_TO_END, WAIT_AND_READ);

  private static final Duration WARM_UP_STEP = Duration.ofSeconds(2);

  private final String title;
  private final int connections;

  Scenario(String title, int connections) {
    this.title = title;
    this.connections = connections;
  }

  /// Its name in the tables.
  String title() {
    return title;
  }

  /// What bounds it on this machine; itself if nothing does.
  Scenario ceiling() {
    return switch (this) {
      case ACCEPT_64 -> BARE_64;
      case ACCEPT -> BARE;
      case END_TO_END, WAIT_AND_READ_64, WAIT_AND_READ -> PROXY;
      case ACCEPT_JWT -> ACCEPT;
      case END_TO_END_JWT, END_TO_END_WEBHOOK -> END_TO_END;
      case WAIT_AND_READ_LARGE -> PROXY_LARGE;
      case BARE_64, BARE, PROXY, PROXY_LARGE -> this;
    };
  }

  Measured measure(Bench bench) throws IOException, InterruptedException {
    return switch (this) {
      case BARE_64, BARE -> bench.bare(this);
      case ACCEPT_64, ACCEPT -> bench.accepts(this);
      case PROXY -> bench.proxied(this, Gateways.BODY_BYTES);
      case PROXY_LARGE -> bench.proxied(this, Gateways.LARGE_BODY_BYTES);
      case END_TO_END -> bench.endToEnd(this);
      case WAIT_AND_READ_64, WAIT_AND_READ ->
          bench.waitAndRead(this, Gateways.BODY_BYTES, Gateways.WAITING_AND_READING);
      case WAIT_AND_READ_LARGE ->
          bench.waitAndRead(this, Gateways.LARGE_BODY_BYTES, Gateways.WAITING_AND_READING_LARGE);
      case ACCEPT_JWT -> bench.acceptsWithTokens(this);
      case END_TO_END_JWT -> bench.endToEndWithTokens(this);
      case END_TO_END_WEBHOOK -> bench.endToEndWithWebhooks(this);
    };
  }

  /// The result of one measurement, for each exchange of a caller.
  ///
  /// @param perSecond exchanges a second
  /// @param serverMicros CPU time of the server
  /// @param loadMicros CPU time of the load generator and the upstream
  /// @param switches context switches of the server
  /// @param bytesWritten bytes that the server wrote to files
  /// @param rssBytes the server's memory at the end
  record Measured(
      double perSecond,
      double serverMicros,
      double loadMicros,
      double switches,
      double bytesWritten,
      long rssBytes) {
    double micros() {
      return serverMicros + loadMicros;
    }
  }

  /// How long a server is loaded before a measurement: C2 compiles a method after many calls, and
  /// has more to do for scenarios that use more code and make fewer exchanges.
  ///
  /// @param min the duration at least
  /// @param exchanges how many are made, unless that takes longer than `max`
  record WarmUp(Duration min, long exchanges, Duration max) {}

  /// Starts the servers of the scenarios, and measures.
  ///
  /// @param warmUp the load before a measurement
  /// @param time the duration of a measurement
  record Bench(Gateways gateways, WarmUp warmUp, Duration time) {
    Measured bare(Scenario scenario) throws IOException, InterruptedException {
      var arguments = new ArrayList<>(gateways.options());
      arguments.addAll(
          List.of("-cp", System.getProperty("java.class.path"), BareServer.class.getName()));
      try (var server = ServerProcess.start(gateways.work().resolve("bare.log"), arguments)) {
        return measured(server, load(scenario, server, Gateways.call(), 202));
      }
    }

    Measured accepts(Scenario scenario) throws IOException, InterruptedException {
      return accepts(scenario, Gateways.Variant.NONE, Gateways.backgroundCall());
    }

    Measured acceptsWithTokens(Scenario scenario) throws IOException, InterruptedException {
      try (var issuer = Tokens.issuer()) {
        return accepts(scenario, Tokens.required(issuer), callWith(Tokens.of(issuer)));
      }
    }

    // One worker, and an upstream that never responds: the gateway only accepts.
    private Measured accepts(Scenario scenario, Gateways.Variant variant, byte[] call)
        throws IOException, InterruptedException {
      var unlimited = variant.with(Gateways.LONG_QUEUE);
      try (var upstream = InstantUpstream.silent();
          var gateway = gateways.embedded(gateways.newData(), upstream.port(), 1, unlimited)) {
        return measured(gateway, load(scenario, gateway, call, 202));
      }
    }

    Measured proxied(Scenario scenario, int bodyBytes) throws IOException, InterruptedException {
      try (var upstream = InstantUpstream.responding(bodyBytes);
          var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
        return measured(gateway, load(scenario, gateway, Gateways.call(bodyBytes), 200));
      }
    }

    Measured endToEnd(Scenario scenario) throws IOException, InterruptedException {
      try (var upstream = InstantUpstream.responding();
          var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
        return endToEnd(scenario, gateway, Gateways.backgroundCall(), "", upstream);
      }
    }

    Measured waitAndRead(Scenario scenario, int bodyBytes, Load.Exchange exchange)
        throws IOException, InterruptedException {
      try (var upstream = InstantUpstream.responding(bodyBytes);
          var gateway = gateways.embedded(upstream.port(), Gateways.WORKERS)) {
        var load = new Load(List.of(gateway.port()), scenario.connections, exchange);
        return measured(gateway, load::during);
      }
    }

    Measured endToEndWithTokens(Scenario scenario) throws IOException, InterruptedException {
      try (var issuer = Tokens.issuer();
          var upstream = InstantUpstream.responding();
          var gateway =
              gateways.embedded(
                  gateways.newData(), upstream.port(), Gateways.WORKERS, Tokens.required(issuer))) {
        var token = Tokens.of(issuer);
        return endToEnd(scenario, gateway, callWith(token), token, upstream);
      }
    }

    private static byte[] callWith(String token) {
      return Gateways.backgroundCall("none", "Authorization: Bearer " + token);
    }

    // Until the last notification was received.
    Measured endToEndWithWebhooks(Scenario scenario) throws IOException, InterruptedException {
      try (var upstream = InstantUpstream.responding();
          var receiver = InstantUpstream.responding();
          var gateway =
              gateways.embedded(
                  gateways.newData(),
                  upstream.port(),
                  Gateways.WORKERS,
                  Gateways.Variant.NONE.with("webhooks: { allow-cidrs: [127.0.0.0/8] }"))) {
        var url = "http://127.0.0.1:" + receiver.port() + "/ended";
        return endToEnd(scenario, gateway, Gateways.backgroundCall(url), "", receiver);
      }
    }

    // From the first call to the last one that another server receives, so that queued operations
    // do not count.
    private Measured endToEnd(
        Scenario scenario, ServerProcess gateway, byte[] call, String token, InstantUpstream last)
        throws IOException, InterruptedException {
      var run =
          new EndToEnd(
              load(scenario, gateway, call, 202),
              last,
              () -> Probe.unsettled(gateway.port(), token));
      return measured(gateway, run::during);
    }

    private static Load load(Scenario scenario, ServerProcess server, byte[] request, int status) {
      return new Load(List.of(server.port()), scenario.connections, request, status);
    }

    private Measured measured(ServerProcess server, Load load)
        throws IOException, InterruptedException {
      return measured(server, load::during);
    }

    private void warmUp(Run run) throws IOException, InterruptedException {
      long start = System.nanoTime();
      long exchanges = run.during(warmUp.min).exchanges();
      while (exchanges < warmUp.exchanges && System.nanoTime() - start < warmUp.max.toNanos()) {
        exchanges += run.during(WARM_UP_STEP).exchanges();
      }
    }

    private interface Run {
      Load.Result during(Duration time) throws IOException, InterruptedException;
    }

    private Measured measured(ServerProcess server, Run run)
        throws IOException, InterruptedException {
      warmUp(run);
      var serverBefore = server.use();
      var ownBefore = ProcessUse.of(ProcessHandle.current());
      var result = run.during(time);
      var used = server.use().since(serverBefore);
      var own = ProcessUse.of(ProcessHandle.current()).since(ownBefore);
      double exchanges = result.exchanges();
      return new Measured(
          result.perSecond(),
          Numbers.micros(used.cpu(), result.exchanges()),
          Numbers.micros(own.cpu(), result.exchanges()),
          used.switches() / exchanges,
          used.bytesWritten() / exchanges,
          used.rssBytes());
    }
  }
}
