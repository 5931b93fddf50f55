package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Checks a configuration without starting anything.
@Command(
    name = "check-config",
    customSynopsis = "backlane check-config FILE [--SETTING=VALUE]...",
    header = "Checks a configuration and shows all its problems at once.",
    description = {
      "",
      "Reads the same sources as 'serve': the file, the BACKLANE_ variables and the flags. Prints"
          + " 'FILE: ok', or one line per problem with its place, its key and its fix, and then"
          + " exits with 2. --config FILE or BACKLANE_CONFIG can name the file instead.",
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
  @Mixin private final ConfigOptions options;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The YAML file.")
  private @Nullable Path file;

  CheckConfigCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException {
    if (file != null && options.namesFile()) {
      throw wrongUsage("name one file, as FILE or with --config");
    }
    Path checked =
        Optional.ofNullable(file)
            .or(options::file)
            .orElseThrow(() -> wrongUsage("name a file, such as backlane.yaml"));
    var _ = Config.read(options.sources(Optional.of(checked)));
    options.out().println(checked + ": ok");
    return 0;
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
