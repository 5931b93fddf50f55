package dev.backlane.app.cli;

import dev.backlane.app.cli.dev.DevTools;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.logging.Logging;
import dev.backlane.app.process.ProcessStop;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.process.Supervisor;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Runs the gateway until a request to stop is received.
@Command(
    name = "serve",
    customSynopsis = {
      "backlane serve [FILE] [--SETTING=VALUE]...",
      "       backlane serve --dev --upstream URL [--SETTING=VALUE]..."
    },
    header = "Runs the gateway in front of an API.",
    description = {
      "",
      "Prints one line with its addresses when it is ready.",
      "SIGTERM or Ctrl-C stops it: for server.shutdown-delay it still accepts calls; then attempts"
          + " in flight may end within execution.drain-timeout. Queued operations are kept. A second"
          + " signal aborts what is in flight. SIGHUP reads the file again.",
      "Every setting is a key of the file, a variable (BACKLANE_SERVER_PORT) and a flag"
          + " (--server.port). The flag overrides the variable, which overrides the file.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  backlane serve --dev --upstream http://localhost:3000",
      "  BACKLANE_ADMIN_TOKEN=$(cat token) backlane serve backlane.yaml",
      "",
      "More: docs/configuration.md, docs/examples/backlane.yaml"
    })
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  /// The settings that its help shows.
  static final List<String> COMMON =
      List.of(
          "server.host",
          "server.port",
          "server.public-url",
          "upstream.url",
          "auth.mode",
          "auth.issuer",
          "auth.jwks-url",
          "auth.audience",
          "store.kind",
          "store.path",
          "store.url",
          "admin.token");

  @Mixin private final ConfigOptions options;

  private final Function<Config, RunningGateway> start;
  private final StopSignal stop;

  @Option(
      names = "--dev",
      description =
          "For development, on this machine only: no tokens, everything in memory, an open"
              + " dashboard, a token issuer and a webhook catcher.")
  private boolean dev;

  @Option(names = "--json", description = "Prints the addresses as JSON.")
  private boolean json;

  ServeCommand(ConfigOptions options, Function<Config, RunningGateway> start, StopSignal stop) {
    this.options = options;
    this.start = start;
    this.stop = stop;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    stop.holdReloads();
    if (!dev) {
      return serve(options.load(), gateway -> {});
    }
    try (var tools = DevTools.open(options.environment(), options.out())) {
      options.preset(tools.settings());
      LoadedConfig loaded = options.load();
      if (!loaded.config().server().onLoopback()) {
        throw new StartException(
            "--dev is for this machine only, and server.host "
                + loaded.config().server().listener().host()
                + " is not a loopback address; remove server.host, or run 'serve' without --dev");
      }
      return serve(
          loaded,
          gateway -> {
            if (!json) {
              options
                  .out()
                  .print(
                      tools.banner(
                          gateway.url(), gateway.operatorsUrl(), loaded.config().upstream().url()));
              options.out().flush();
            }
          });
    }
  }

  private int serve(LoadedConfig loaded, Consumer<RunningGateway> introduce)
      throws InterruptedException {
    loaded.config().telemetry().configureLog();
    var supervisor = Supervisor.of(options.environment());
    try (RunningGateway gateway = started(loaded.config())) {
      logStart(gateway);
      stop.listen();
      var announcement = gateway.announcement();
      options.out().println(json ? addresses(gateway, loaded.config()) : announcement);
      introduce.accept(gateway);
      supervisor.ready(announcement);
      Reload reload = new Reload(options, loaded, gateway);
      stop.await(() -> {
        supervisor.reloading();
        reload.run();
        supervisor.ready(announcement);
      });
      LOG.info("Backlane is stopping");
      supervisor.stopping(gateway.stopMax());
      stop.limit(gateway.stopMax(), gateway::stopNow);
    }
    LOG.info("Backlane has stopped");
    Logging.flush();
    return stop.stoppedAtOnce() ? ProcessStop.STOPPED_AT_ONCE : 0;
  }

  private static void logStart(RunningGateway gateway) {
    var line = LOG.atInfo();
    for (var fact : gateway.facts().entrySet()) {
      line = line.addKeyValue(fact.getKey(), fact.getValue());
    }
    line.log("Backlane has started");
  }

  private static String addresses(RunningGateway gateway, Config config) {
    var addresses = new LinkedHashMap<String, String>();
    addresses.put("url", gateway.url().toString());
    addresses.put("upstream", config.upstream().url().toString());
    addresses.put("operatorsUrl", gateway.operatorsUrl().toString());
    return new String(Json.bytes(addresses), StandardCharsets.UTF_8);
  }

  private RunningGateway started(Config config) {
    try {
      return start.apply(config);
    } catch (StoreException e) {
      // While the gateway starts, the operator can fix a store that does not work.
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }
}
