package dev.backlane.app;

import java.io.PrintWriter;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The program.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process: 0 when it did its work, 2 when its input, its configuration or its
  /// environment is wrong, 1 when Backlane itself failed.
  public static void main(String[] args) {
    // The web server logs through java.util.logging; its lines belong into the same log.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    ProcessStop stop = new ProcessStop();
    Commands commands = new Commands(System.getenv(), Wiring::start, stop, out, err);
    stop.exit(commands.run(args));
  }
}
