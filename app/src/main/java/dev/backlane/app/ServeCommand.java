package dev.backlane.app;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.store.StoreException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs the gateway until the process is asked to stop.
@Command(
    name = "serve",
    customSynopsis = "backlane serve [--config=FILE] [--SETTING=VALUE]...",
    header = "Runs the gateway in front of an API.",
    description = {
      "",
      "Prints one line with its addresses when it is ready. SIGTERM or Ctrl-C drains it: nothing new is accepted, running"
          + " attempts may end within execution.drain-timeout, and what is still queued is kept.",
      "",
      "Every setting is a key of the file, a variable (BACKLANE_SERVER_PORT) and a flag (--server.port); the flag wins over"
          + " the variable, that over the file.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  backlane serve --config backlane.yaml",
      "  backlane serve --upstream=http://127.0.0.1:9000 --auth.mode=none --port=8081 --data=/tmp/backlane",
      "  BACKLANE_ADMIN_TOKEN=$(cat token) backlane serve --config backlane.yaml",
      "",
      "More: docs/configuration.md, docs/examples/backlane.yaml"
    })
final class ServeCommand implements Callable<Integer> {
  private static final String CONFIG_VARIABLE = "BACKLANE_CONFIG";

  private final Map<String, String> environment;
  private final Function<Config, RunningGateway> start;
  private final StopSignal stop;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The YAML file; also as BACKLANE_CONFIG.")
  private @Nullable Path file;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this and ends.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean help;

  ServeCommand(
      Map<String, String> environment, Function<Config, RunningGateway> start, StopSignal stop) {
    this.environment = environment;
    this.start = start;
    this.stop = stop;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    var line = Objects.requireNonNull(spec).commandLine();
    Optional<Path> source =
        Optional.ofNullable(file)
            .or(() -> Optional.ofNullable(environment.get(CONFIG_VARIABLE)).map(Path::of));
    Config config = ConfigOptions.read(line, source, environment);
    try (RunningGateway gateway = started(config)) {
      stop.listen();
      line.getOut().println(gateway.announcement());
      stop.await();
    }
    return 0;
  }

  private RunningGateway started(Config config) {
    try {
      return start.apply(config);
    } catch (StoreException e) {
      // Before the gateway serves, a store that cannot work is the operator's to mend.
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }
}
