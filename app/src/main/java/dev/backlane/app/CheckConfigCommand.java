package dev.backlane.app;

import dev.backlane.app.config.reader.InvalidConfigException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Checks a configuration without starting anything.
@Command(
    name = "check-config",
    customSynopsis = "backlane check-config FILE [--SETTING=VALUE]...",
    header = "Checks a configuration and shows all its problems at once.",
    description = {
      "",
      "Reads what 'serve' would read: the file, the BACKLANE_ variables and the flags. Prints 'FILE: ok', or one line per"
          + " problem with its place, its key and its mend, and then ends with 2.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  backlane check-config docs/examples/backlane.yaml",
      "",
      "More: docs/configuration.md"
    })
final class CheckConfigCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "The YAML file.")
  private @Nullable Path file;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this and ends.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean help;

  CheckConfigCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InvalidConfigException {
    var line = Objects.requireNonNull(spec).commandLine();
    var _ = ConfigOptions.read(line, Optional.ofNullable(file), environment);
    line.getOut().println(file + ": ok");
    return 0;
  }
}
