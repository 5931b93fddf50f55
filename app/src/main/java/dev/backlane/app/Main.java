package dev.backlane.app;

import dev.backlane.app.cli.Commands;
import dev.backlane.app.process.ProcessStop;
import dev.backlane.app.wiring.Wiring;
import java.io.PrintWriter;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The entry point of the program.
public final class Main {
  private Main() {}

  /// Runs one command and ends the process with its exit code, see [Commands#run].
  public static void main(String[] args) {
    var out = new PrintWriter(System.out, true, System.out.charset());
    var err = new PrintWriter(System.err, true, System.err.charset());
    var stop = new ProcessStop();
    var commands = new Commands(System.getenv(), Wiring::start, stop, out, err);
    routeJavaUtilLogging();
    QuotedRequests.drop();
    System.exit(commands.run(args));
  }

  // Some libraries log through java.util.logging; their lines belong in the same log.
  private static void routeJavaUtilLogging() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
