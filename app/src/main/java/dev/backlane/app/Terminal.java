package dev.backlane.app;

import java.io.Console;

/// Whether somebody looks on. Stateless.
final class Terminal {
  private Terminal() {}

  /// Whether the output of the process goes to a terminal.
  // Java 22 to 24 gave a console also where there is no terminal; the others give none.
  @SuppressWarnings("SystemConsoleNull")
  static boolean attached() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
