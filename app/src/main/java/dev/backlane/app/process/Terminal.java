package dev.backlane.app.process;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// The terminal of the process. Stateless.
public final class Terminal {
  private static final int OUT = 1;
  private static final int ERR = 2;

  private Terminal() {}

  /// Whether the standard output goes to a terminal.
  public static boolean showsOutput() {
    return isTerminal(OUT);
  }

  /// Whether the standard error goes to a terminal.
  public static boolean showsErrors() {
    return isTerminal(ERR);
  }

  /// Whether the standard output shows colors: it is a terminal, and the user does not refuse
  /// colors with `NO_COLOR`.
  public static boolean showsColors(Map<String, String> environment) {
    return showsOutput()
        && environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }

  private static boolean isTerminal(int descriptor) {
    return target(descriptor)
        .map(target ->
            target.startsWith("/dev/pts/")
                || target.startsWith("/dev/tty")
                || target.equals("/dev/console"))
        .orElseGet(Terminal::hasConsole);
  }

  // The console of Java requires that input and output are terminals, so that a pipe would hide
  // the one that is.
  private static Optional<String> target(int descriptor) {
    try {
      var link = Path.of("/proc/self/fd").resolve(Integer.toString(descriptor));
      return Optional.of(Files.readSymbolicLink(link).toString());
    } catch (IOException | UnsupportedOperationException notLinux) {
      return Optional.empty();
    }
  }

  // Java 22 to 24 return a console without a terminal too; other versions return none.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean hasConsole() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
