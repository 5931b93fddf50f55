package dev.backlane.app.cli.usage;

import java.util.Arrays;
import picocli.CommandLine.Option;

/// `--help` and `--help-all` of every command. A picocli mixin. The help of a command has at most
/// 60 lines; options that do not fit are hidden, unless the commands were built to show all.
public final class HelpOptions {
  private static final String ALL = "--help-all";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help and exits.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean help;

  @Option(names = ALL, usageHelp = true, description = "Shows all options and exits.")
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private boolean helpAll;

  /// Whether the arguments request the help with all options.
  public static boolean showsAll(String... arguments) {
    return Arrays.asList(arguments).contains(ALL);
  }
}
