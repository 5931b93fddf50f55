package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.process.Terminal;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Checks a configuration without starting anything.
@Command(
    name = "check-config",
    customSynopsis = "backlane check-config FILE [--probe] [--json] [--SETTING=VALUE]...",
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
      "Exit codes: 0 no problems, 1 a probe failed, 2 the configuration is wrong.",
      "",
      "Examples:",
      "  backlane check-config docs/examples/backlane.yaml",
      "  backlane check-config backlane.yaml --probe",
      "",
      "More: docs/configuration.md"
    })
final class CheckConfigCommand implements Callable<Integer> {
  @Mixin private final ConfigOptions options;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--probe",
      description =
          "Then tries upstream, issuer, store, TLS files, port and more, as 'backlane doctor' does.")
  private boolean probe;

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  CheckConfigCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    Path checked =
        options.file().orElseThrow(() -> wrongUsage("name a file, such as backlane.yaml"));
    LoadedConfig loaded;
    try {
      loaded = options.load();
    } catch (InvalidConfigException wrong) {
      if (!json) {
        throw wrong;
      }
      print(checked, wrong.lines());
      return Commands.WRONG_INPUT;
    }
    if (!probe || !json) {
      print(checked, List.of());
    }
    if (!probe) {
      return 0;
    }
    var output =
        new FindingsOutput(options.out(), json, Terminal.showsColors(options.environment()));
    DoctorCommand.examine(loaded, Optional.of(checked), output);
    return output.end();
  }

  private void print(Path checked, List<String> problems) {
    var out = options.out();
    if (!json) {
      out.println(checked + ": ok");
      return;
    }
    var document = new LinkedHashMap<String, Object>();
    document.put("file", checked.toString());
    document.put("ok", problems.isEmpty());
    document.put("problems", problems);
    out.println(new String(Json.bytes(document), StandardCharsets.UTF_8));
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
