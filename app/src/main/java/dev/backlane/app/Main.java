package dev.backlane.app;

import dev.backlane.app.cli.Commands;
import dev.backlane.app.process.ProcessStop;
import dev.backlane.app.wiring.Wiring;
import dev.backlane.engine.memory.OutOfMemory;
import java.io.PrintWriter;
import java.security.Security;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The entry point of the program.
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private static final String NAMES_KEPT_SECONDS = "30";
  private static final String UNKNOWN_NAMES_KEPT_SECONDS = "1";

  private Main() {}

  /// Runs one command and ends the process with its exit code, see [Commands#run].
  public static void main(String[] args) {
    limitNameCaches();
    var out = new PrintWriter(System.out, true, System.out.charset());
    var err = new PrintWriter(System.err, true, System.err.charset());
    var stop = new ProcessStop();
    var commands = new Commands(System.getenv(), Wiring::start, stop, out, err);
    routeJavaUtilLogging();
    Thread.setDefaultUncaughtExceptionHandler(Main::threadEnded);
    QuotedRequests.drop();
    System.exit(commands.run(args));
  }

  // The JDK keeps the failure of a look-up for 10 s: the name would stay unknown when the name
  // server works again.
  private static void limitNameCaches() {
    Security.setProperty("networkaddress.cache.ttl", NAMES_KEPT_SECONDS);
    Security.setProperty("networkaddress.cache.negative.ttl", UNKNOWN_NAMES_KEPT_SECONDS);
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
