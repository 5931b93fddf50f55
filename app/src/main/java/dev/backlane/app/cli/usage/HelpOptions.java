package dev.backlane.app.cli.usage;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// `--help` and `--help-all` of every command. A picocli mixin. The help of a command has at most
/// 60 lines; options that do not fit are hidden, unless the commands were built to show all.
public final class HelpOptions {
  private static final String SHORT = "-h";
  private static final String HELP = "--help";
  private static final String ALL = "--help-all";

  // One option, since picocli expects one that shows the help.
  @Option(
      names = {SHORT, HELP, ALL},
      usageHelp = true,
      description = "Shows this help, or with --help-all all options, and exits.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean help;

  /// Whether the arguments request the help with all options.
  public static boolean showsAll(List<String> arguments) {
    return arguments.contains(ALL);
  }

  /// Whether the help, of all commands or of one, may be what the arguments request.
  public static boolean mayShow(List<String> arguments) {
    return arguments.isEmpty()
        || arguments.getFirst().equals(HelpCommand.NAME)
        || Stream.of(SHORT, HELP, ALL).anyMatch(arguments::contains);
  }
}
