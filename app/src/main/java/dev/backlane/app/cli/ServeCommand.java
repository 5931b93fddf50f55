package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.process.LogLevel;
import dev.backlane.app.process.ProcessStop;
import dev.backlane.app.process.StopSignal;
import dev.backlane.app.wiring.RunningGateway;
import dev.backlane.app.wiring.StartException;
import dev.backlane.engine.store.failure.StoreException;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Runs the gateway until a request to stop is received.
@Command(
    name = "serve",
    customSynopsis = "backlane serve [--config=FILE] [--SETTING=VALUE]...",
    header = "Runs the gateway in front of an API.",
    description = {
      "",
      "Prints one line with its addresses when it is ready.",
      "",
      "SIGTERM or Ctrl-C stops it: for server.shutdown-delay, /health/ready returns 503 and calls"
          + " are still accepted; then no call is accepted, and attempts and calls in flight may end"
          + " within execution.drain-timeout. Queued operations are kept. A second signal aborts"
          + " what is in flight.",
      "SIGHUP reads the file again, and applies the settings that docs/configuration.md marks as"
          + " reloadable.",
      "",
      "Every setting is a key of the file, a variable (BACKLANE_SERVER_PORT) and a flag"
          + " (--server.port). The flag overrides the variable, which overrides the file.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  backlane serve --config backlane.yaml",
      "  backlane serve --upstream=http://127.0.0.1:9000 --auth.mode=none --port=8081"
          + " --data=/tmp/backlane",
      "  BACKLANE_ADMIN_TOKEN=$(cat token) backlane serve --config backlane.yaml",
      "",
      "More: docs/configuration.md, docs/examples/backlane.yaml"
    })
final class ServeCommand implements Callable<Integer> {
  @Mixin private final ConfigOptions options;

  private final Function<Config, RunningGateway> start;
  private final StopSignal stop;

  ServeCommand(ConfigOptions options, Function<Config, RunningGateway> start, StopSignal stop) {
    this.options = options;
    this.start = start;
    this.stop = stop;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    stop.holdReloads();
    LoadedConfig loaded = options.load();
    LogLevel.set(loaded.config().log().level());
    try (RunningGateway gateway = started(loaded.config())) {
      stop.listen();
      options.out().println(gateway.announcement());
      Reload reload = new Reload(options, loaded, gateway);
      stop.await(reload::run);
      stop.limit(gateway.stopMax(), gateway::stopNow);
    }
    return stop.stoppedAtOnce() ? ProcessStop.STOPPED_AT_ONCE : 0;
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
