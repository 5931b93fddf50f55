package dev.backlane.app.cli;

import dev.backlane.app.cli.usage.HelpOptions;
import dev.backlane.app.cli.usage.WrongUsage;
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
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// The options of every command that reads the configuration: the file, `--help`, and a flag per
/// setting. A picocli mixin; each command has its own.
final class ConfigOptions {
  private static final String CONFIG_VARIABLE = "BACKLANE_CONFIG";
  private static final String SINGLE_KEYS = "other settings";
  private static final String COMMON = "%nCommon settings; --help-all shows all:%n";

  private final Map<String, String> environment;
  private final boolean showsAll;
  private final List<String> common;
  private final Predicate<Setting<?>> flags;
  private Map<String, String> presets = Map.of();
  private @Nullable CommandSpec command;

  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The YAML file; also as the argument FILE, or as BACKLANE_CONFIG.")
  private @Nullable Path file;

  /// @param environment the variables of the process
  /// @param showsAll whether the help shows all settings
  /// @param common the keys of the settings that the help shows otherwise
  /// @param flags whether a setting has a flag
  ConfigOptions(
      Map<String, String> environment,
      boolean showsAll,
      List<String> common,
      Predicate<Setting<?>> flags) {
    this.environment = environment;
    this.showsAll = showsAll;
    this.common = List.copyOf(common);
    this.flags = flags;
  }

  /// Whether one of the flags of a setting may be in the arguments.
  static Predicate<Setting<?>> flagsIn(List<String> arguments) {
    var names =
        arguments.stream()
            .map(each -> each.split("=", 2)[0])
            .collect(Collectors.toUnmodifiableSet());
    return setting -> setting.flags().stream().anyMatch(names::contains);
  }

  /// Adds a flag per setting to the command, grouped by section. Values are parsed later, so that
  /// their problems are reported together with all others. Called by picocli.
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec mixee) {
    command = mixee;
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (Setting<?> setting : Config.SETTINGS) {
      if (!flags.test(setting)) {
        continue;
      }
      groups
          .computeIfAbsent(heading(setting), ConfigOptions::group)
          .addArg(
              OptionSpec.builder(setting.flags().toArray(String[]::new))
                  .arity("1")
                  .type(List.class)
                  .auxiliaryTypes(String.class)
                  .paramLabel(setting.type().placeholder())
                  .hidden(!showsAll && !common.contains(setting.key()))
                  .description(description(setting).replace("%", "%%"))
                  .build());
    }
    groups.values().forEach(group -> mixee.addArgGroup(group.build()));
    // The configuration reports unknown flags, together with its other problems.
    mixee.parser().unmatchedArgumentsAllowed(true);
    mixee.usageMessage().sortOptions(false);
  }

  private String heading(Setting<?> setting) {
    if (!showsAll) {
      return common.isEmpty() ? "" : COMMON;
    }
    return "%n" + (setting.section().isEmpty() ? SINGLE_KEYS : setting.section()) + ":%n";
  }

  private static ArgGroupSpec.Builder group(String heading) {
    var group = ArgGroupSpec.builder().validate(false).multiplicity("0..1");
    return heading.isEmpty() ? group : group.heading(heading);
  }

  /// The short help has the first clause only.
  private String description(Setting<?> setting) {
    return showsAll ? setting.help() : setting.description().split("(?<=\\.) |[:;] ", 2)[0];
  }

  /// The command's standard output.
  PrintWriter out() {
    return command().commandLine().getOut();
  }

  /// The variables of the process.
  Map<String, String> environment() {
    return environment;
  }

  /// The file that `--config` or an argument names, else the one that `BACKLANE_CONFIG` names.
  Optional<Path> file() {
    return Optional.ofNullable(file)
        .or(() -> given().file())
        .or(() -> Optional.ofNullable(environment.get(CONFIG_VARIABLE)).map(Path::of));
  }

  /// Sets values for settings that have no flag on the command line. They override the file and the
  /// variables.
  ///
  /// @param values by the keys of the settings
  void preset(Map<String, String> values) {
    presets = Map.copyOf(values);
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
    var flags = new ArrayList<>(given().flags());
    for (Setting<?> setting : Config.SETTINGS) {
      var preset = presets.get(setting.key());
      if (preset != null && flags.stream().noneMatch(flag -> flag.name().equals(setting.flag()))) {
        flags.add(new Flag(setting.flag(), preset));
      }
    }
    return new ConfigSources(
        file(), environment, flags, WrongUsage.options(command().commandLine()));
  }

  /// What the command line has besides the options of the command.
  ///
  /// @param flags settings, and what is not known
  /// @param file the first argument without a dash
  private record Given(List<Flag> flags, Optional<Path> file) {}

  private Given given() {
    ParseResult parsed = command().commandLine().getParseResult();
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
    Optional<Path> named = Optional.empty();
    boolean valueMayFollow = false;
    for (String argument : parsed.unmatched()) {
      if (argument.startsWith("-")) {
        int equals = argument.indexOf('=');
        flags.add(new Flag(equals < 0 ? argument : argument.substring(0, equals), ""));
        valueMayFollow = equals < 0;
      } else if (valueMayFollow) {
        valueMayFollow = false; // The value of the unknown flag before it, which may be a secret.
      } else if (file == null && named.isEmpty()) {
        named = Optional.of(Path.of(argument));
      } else {
        flags.add(new Flag(argument, ""));
      }
    }
    return new Given(flags, named);
  }

  private CommandSpec command() {
    return Objects.requireNonNull(command, "picocli sets it before it runs a command");
  }
}
