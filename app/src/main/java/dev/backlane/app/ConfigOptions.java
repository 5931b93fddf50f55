package dev.backlane.app;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.sections.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The settings as flags of a command.
final class ConfigOptions {
  private static final String SINGLE_KEYS = "other settings";

  private ConfigOptions() {}

  /// Adds every flag, by section. Values stay text here, so that their problems are told with all others.
  static void addTo(CommandLine command) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (Setting<?> flag : Config.SETTINGS) {
      String section = flag.section().isEmpty() ? SINGLE_KEYS : flag.section();
      groups
          .computeIfAbsent(section, ConfigOptions::group)
          .addArg(
              OptionSpec.builder(flag.flags().toArray(String[]::new))
                  .arity("1")
                  .type(List.class)
                  .auxiliaryTypes(String.class)
                  .paramLabel(flag.type().placeholder())
                  .description(flag.help().replace("%", "%%"))
                  .build());
    }
    groups.values().forEach(group -> command.getCommandSpec().addArgGroup(group.build()));
    // Unknown flags are the configuration's to tell, together with its other problems.
    command.setUnmatchedArgumentsAllowed(true);
    command.getCommandSpec().usageMessage().sortOptions(false);
  }

  private static ArgGroupSpec.Builder group(String section) {
    return ArgGroupSpec.builder()
        .validate(false)
        .multiplicity("0..1")
        .heading("%n" + section + ":%n");
  }

  /// Reads the configuration of a command from its file, the environment and its flags.
  ///
  /// @throws InvalidConfigException if anything is wrong with it
  static Config read(CommandLine command, Optional<Path> file, Map<String, String> environment)
      throws InvalidConfigException {
    return Config.read(sources(command, file, environment));
  }

  /// What the configuration of a command is read from.
  static ConfigSources sources(
      CommandLine command, Optional<Path> file, Map<String, String> environment) {
    return new ConfigSources(file, environment, given(command.getParseResult()));
  }

  /// The flags that were given, the unknown ones included.
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
        valueMayFollow = false; // It belongs to the unknown flag before it, and may be a secret.
      } else {
        flags.add(new Flag(argument, ""));
      }
    }
    return flags;
  }
}
