package dev.backlane.app.cli.usage;

import dev.backlane.app.config.reader.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Describes wrong arguments on one line, with the nearest name. Stateless.
public final class WrongUsage {
  private WrongUsage() {}

  /// What is wrong, without a full stop.
  public static String describe(ParameterException wrong) {
    var command = wrong.getCommandLine();
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      return unknown(unmatched.getUnmatched().getFirst(), command);
    }
    var argument = wrong.getArgSpec();
    if (argument != null && argument.isPositional() && argument.type().isEnum()) {
      var choices = Arrays.stream(argument.type().getEnumConstants()).map(String::valueOf).toList();
      if (wrong.getValue() != null) {
        var given = wrong.getValue();
        return "'" + given + "' is not one of " + String.join(", ", choices) + near(given, choices);
      }
    }
    return String.valueOf(wrong.getMessage()).lines().findFirst().orElse("wrong usage");
  }

  private static String unknown(String given, CommandLine command) {
    if (given.startsWith("-")) {
      int equals = given.indexOf('=');
      var name = equals < 0 ? given : given.substring(0, equals);
      return name + " is not an option" + near(name, options(command));
    }
    var commands = commands(command);
    return commands.isEmpty()
        ? "the argument '" + given + "' was not expected"
        : "'" + given + "' is not a command" + near(given, commands);
  }

  /// The flags of a command.
  public static List<String> options(CommandLine command) {
    var names = new ArrayList<String>();
    command.getCommandSpec().options().forEach(each -> names.addAll(List.of(each.names())));
    return names;
  }

  /// The names of the commands below a command.
  static List<String> commands(CommandLine command) {
    return List.copyOf(command.getSubcommands().keySet());
  }

  private static String near(String given, Collection<String> known) {
    return NearestName.of(given, known).map(name -> "; did you mean '" + name + "'?").orElse("");
  }
}
