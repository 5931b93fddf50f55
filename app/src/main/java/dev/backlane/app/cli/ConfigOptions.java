package dev.backlane.app.cli;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The options of every command that reads the configuration: `--config`, `--help`, and a flag per
/// setting. A picocli mixin; each command has its own.
final class ConfigOptions {
  private static final String CONFIG_VARIABLE = "BACKLANE_CONFIG";
  private static final String SINGLE_KEYS = "other settings";

  private final Map<String, String> environment;
  private @Nullable CommandSpec command;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The YAML file; also as BACKLANE_CONFIG.")
  private @Nullable Path file;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help and exits.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean help;

  /// @param environment the variables of the process
  ConfigOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  /// Adds a flag per setting to the command, grouped by section. Values are parsed later, so that
  /// their problems are reported together with all others. Called by picocli.
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec mixee) {
    command = mixee;
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (Setting<?> setting : Config.SETTINGS) {
      String section = setting.section().isEmpty() ? SINGLE_KEYS : setting.section();
      groups
          .computeIfAbsent(section, ConfigOptions::group)
          .addArg(
              OptionSpec.builder(setting.flags().toArray(String[]::new))
                  .arity("1")
                  .type(List.class)
                  .auxiliaryTypes(String.class)
                  .paramLabel(setting.type().placeholder())
                  .description(setting.help().replace("%", "%%"))
                  .build());
    }
    groups.values().forEach(group -> mixee.addArgGroup(group.build()));
    // The configuration reports unknown flags, together with its other problems.
    mixee.parser().unmatchedArgumentsAllowed(true);
    mixee.usageMessage().sortOptions(false);
  }

  private static ArgGroupSpec.Builder group(String section) {
    return ArgGroupSpec.builder()
        .validate(false)
        .multiplicity("0..1")
        .heading("%n" + section + ":%n");
  }

  /// The command's standard output.
  PrintWriter out() {
    return command().commandLine().getOut();
  }

  /// The file that `--config` names, else the one that `BACKLANE_CONFIG` names.
  Optional<Path> file() {
    return Optional.ofNullable(file)
        .or(() -> Optional.ofNullable(environment.get(CONFIG_VARIABLE)).map(Path::of));
  }

  /// Whether `--config` was given.
  boolean namesFile() {
    return file != null;
  }

  /// Reads the configuration from the file, the environment and the flags.
  ///
  /// @throws InvalidConfigException with all problems at once
  Config read() throws InvalidConfigException {
    return Config.read(sources());
  }

  /// As [#read], with the values that the configuration was read from.
  LoadedConfig load() throws InvalidConfigException {
    return LoadedConfig.read(sources());
  }

  /// The sources of the configuration.
  ConfigSources sources() {
    return sources(file());
  }

  /// The sources of the configuration, with another file.
  ConfigSources sources(Optional<Path> other) {
    return new ConfigSources(other, environment, given(command().commandLine().getParseResult()));
  }

  /// The given flags, including unknown ones.
  private static List<Flag> given(ParseResult parsed) {
    List<Flag> flags = new ArrayList<>();
    for (Setting<?> setting : Config.SETTINGS) {
      String name = setting.flag();
      if (parsed.hasMatchedOption(name)) {
        parsed
            .matchedOption(name)
            .originalStringValues()
            .forEach(value -> flags.add(new Flag(name, value)));
      }
    }
    boolean valueMayFollow = false;
    for (String argument : parsed.unmatched()) {
      if (argument.startsWith("-")) {
        int equals = argument.indexOf('=');
        flags.add(new Flag(equals < 0 ? argument : argument.substring(0, equals), ""));
        valueMayFollow = equals < 0;
      } else if (valueMayFollow) {
        valueMayFollow = false; // The value of the unknown flag before it, which may be a secret.
      } else {
        flags.add(new Flag(argument, ""));
      }
    }
    return flags;
  }

  private CommandSpec command() {
    return Objects.requireNonNull(command, "picocli sets it before it runs a command");
  }
}
