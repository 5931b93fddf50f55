package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.doctor.Doctor;
import dev.backlane.app.doctor.Finding;
import dev.backlane.app.logging.Logging;
import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.ProcessLimits;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Tries everything that a gateway needs.
@Command(
    name = "doctor",
    customSynopsis = "backlane doctor [FILE] [--json] [--SETTING=VALUE]...",
    header = "Tries everything that the gateway needs, and shows the fix of each problem.",
    description = {
      "",
      "Reads the same sources as 'serve'. Tries configuration, store, disk, port, TLS files,"
          + " upstream, issuer, clocks, limits and webhook receivers, and prints one line for each:"
          + " ok, warn or fail, what was found, and the fix. Changes nothing, and can run while the"
          + " gateway runs.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 nothing failed, 1 something failed, 2 wrong input.",
      "",
      "Examples:",
      "  backlane doctor backlane.yaml",
      "  backlane doctor --json --upstream=http://127.0.0.1:9000 --auth.mode=none"
    })
final class DoctorCommand implements Callable<Integer> {
  /// The settings that its help shows.
  static final List<String> COMMON = ServeCommand.COMMON;

  @Mixin private final ConfigOptions options;

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  DoctorCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    var output =
        new FindingsOutput(options.out(), json, Terminal.showsColors(options.environment()));
    try {
      examine(options.load(), options.file(), output);
    } catch (InvalidConfigException invalid) {
      if (invalid.lines().stream().anyMatch(line -> line.matches("(flag|argument) .*"))) {
        throw invalid;
      }
      invalid
          .lines()
          .forEach(line ->
              output.add(
                  new Finding(
                      Finding.Level.FAIL,
                      "configuration",
                      beforeFix(line),
                      line.substring(Math.min(line.length(), beforeFix(line).length() + 2)))));
    }
    return output.end();
  }

  private static String beforeFix(String line) {
    int split = line.indexOf("; ");
    return split < 0 ? line : line.substring(0, split);
  }

  /// Runs all checks.
  static void examine(LoadedConfig loaded, Optional<Path> file, FindingsOutput output)
      throws InterruptedException {
    var level = Logging.level();
    // The parts that are tried log what the findings report.
    Logging.level("OFF");
    try {
      new Doctor(loaded, file, ProcessLimits.current(), Clock.systemUTC()).run(output::add);
    } finally {
      Logging.level(level);
    }
  }
}
