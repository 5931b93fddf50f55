package dev.backlane.app;

import dev.backlane.app.cli.Commands;
import dev.backlane.app.cli.ProcessStop;
import dev.backlane.app.wiring.Wiring;
import dev.backlane.engine.memory.OutOfMemory;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The entry point of the program.
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  /// Runs one command and ends the process with its exit code, see [Commands#run].
  public static void main(String[] args) {
    var out = new PrintWriter(System.out, true, System.out.charset());
    var err = new PrintWriter(System.err, true, System.err.charset());
    var stop = new ProcessStop();
    var commands = new Commands(System.getenv(), Wiring::start, stop, out, err);
    routeJavaUtilLogging();
    Thread.setDefaultUncaughtExceptionHandler(Main::threadEnded);
    QuotedRequests.drop();
    stop.exit(commands.run(args));
  }

  private static void threadEnded(Thread thread, Throwable failure) {
    OutOfMemory.endProcess(failure);
    LOG.error("Thread {} ended unexpectedly", thread.getName(), failure);
  }

  // Some libraries log through java.util.logging; their lines belong in the same log.
  private static void routeJavaUtilLogging() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
