package dev.backlane.app.process;

import java.io.Console;

/// The terminal of the process. Stateless.
public final class Terminal {
  private Terminal() {}

  /// Whether the output of the process goes to a terminal.
  // Java 22 to 24 return a console without a terminal too; other versions return none.
  @SuppressWarnings("SystemConsoleNull")
  public static boolean attached() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
