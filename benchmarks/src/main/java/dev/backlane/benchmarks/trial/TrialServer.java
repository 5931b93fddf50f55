package dev.backlane.benchmarks.trial;

import dev.backlane.benchmarks.ServerProcess;
import dev.backlane.gateway.http.ListenerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// A server of the trial as a process of its own.
public final class TrialServer {
  private static final int HEADER_BYTES_MAX = 16 * 1024;

  private TrialServer() {}

  /// How to start one.
  ///
  /// @param requestTimeout of the listener
  /// @param idleTimeout of the listener
  /// @param connectionsMax of the listener
  /// @param heapMib of the process
  /// @param descriptorsMax of the process; 0: as many as this process may have
  record Setup(
      Duration requestTimeout,
      Duration idleTimeout,
      int connectionsMax,
      int heapMib,
      int descriptorsMax) {
    static Setup usual() {
      return new Setup(Duration.ofSeconds(30), Duration.ofSeconds(60), 10_000, 512, 0);
    }

    Setup withTimeouts(Duration request, Duration idle) {
      return new Setup(request, idle, connectionsMax, heapMib, descriptorsMax);
    }

    Setup withConnectionsMax(int connections) {
      return new Setup(requestTimeout, idleTimeout, connections, heapMib, descriptorsMax);
    }

    Setup withHeapMib(int mib) {
      return new Setup(requestTimeout, idleTimeout, connectionsMax, mib, descriptorsMax);
    }

    Setup withDescriptorsMax(int descriptors) {
      return new Setup(requestTimeout, idleTimeout, connectionsMax, heapMib, descriptors);
    }
  }

  /// A running server. Closing kills it, since one that ran out of memory may not stop otherwise.
  record Running(ServerProcess process) implements AutoCloseable {
    int port() {
      return process.port();
    }

    Duration cpu() {
      return process.cpu();
    }

    long pid() {
      return process.pid();
    }

    @Override
    public void close() {
      process.kill();
    }
  }

  static Running start(String name, Path work, Setup setup) throws IOException {
    var arguments = new ArrayList<String>();
    arguments.add("-Xmx" + setup.heapMib() + "m");
    arguments.add("-Dslf4j.internal.verbosity=ERROR");
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    arguments.add(TrialServer.class.getName());
    arguments.add(name);
    arguments.add(Long.toString(setup.requestTimeout().toMillis()));
    arguments.add(Long.toString(setup.idleTimeout().toMillis()));
    arguments.add(Integer.toString(setup.connectionsMax()));
    var launcher =
        setup.descriptorsMax() == 0
            ? List.<String>of()
            : List.of(
                "bash", "-c", "ulimit -n " + setup.descriptorsMax() + " && exec \"$@\"", "limited");
    return new Running(ServerProcess.start(work.resolve(name + ".log"), launcher, arguments));
  }

  /// Serves until the process is ended.
  ///
  /// @param args name of the server, request timeout and idle timeout in milliseconds, connections
  public static void main(String[] args) throws InterruptedException {
    var settings =
        new ListenerSettings(
            "127.0.0.1",
            0,
            Duration.ofMillis(Long.parseLong(args[2])),
            Duration.ofMillis(Long.parseLong(args[1])),
            HEADER_BYTES_MAX,
            Integer.parseInt(args[3]),
            Optional.empty());
    var listener = Servers.named(args[0]).open(settings);
    listener.serve().accept(new TrialHandler());
    System.out.println(args[0] + " serves http://127.0.0.1:" + listener.port().get());
    new CountDownLatch(1).await();
  }
}
