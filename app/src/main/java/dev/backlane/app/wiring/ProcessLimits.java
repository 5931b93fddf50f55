package dev.backlane.app.wiring;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LimitsSection;
import dev.backlane.app.config.sections.ServerSection;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The heap and the open files of this process, and what the gateway may use of them.
///
/// @param heapBytes the maximum heap
/// @param openFiles the most open files, as `ulimit -n` shows
public record ProcessLimits(long heapBytes, long openFiles) {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessLimits.class);

  /// The share of the heap for bodies. Connections may use as much; the rest is for the engine.
  private static final int PERCENT = 40;

  private static final int OPERATORS_PERCENT = 5;

  /// The largest share of the heap that can be set for bodies: what connections may occupy, and a
  /// tenth for the engine, remain.
  private static final int BODIES_PERCENT_MAX = 50;

  /// Files of an embedded store, libraries, logs and others.
  private static final long OTHER_FILES = 768;

  /// Bodies that are spooled at the same time, one file each.
  private static final long SPOOLED_FILES = 256;

  private static final String EXIT_OPTION = "ExitOnOutOfMemoryError";

  /// The limits of the running process.
  public static ProcessLimits current() {
    return new ProcessLimits(
        Runtime.getRuntime().maxMemory(),
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE);
  }

  /// The budget of `limits.memory-for-bodies`.
  ///
  /// @throws StartException if it does not fit into the heap
  MemoryBudget memoryForBodies(LimitsSection limits) {
    long most = heapBytes / 100 * BODIES_PERCENT_MAX;
    limits
        .memoryForBodies()
        .filter(bytes -> bytes > most)
        .ifPresent(bytes -> {
          throw new StartException(
              "limits.memory-for-bodies is "
                  + (bytes >> 10)
                  + " KiB, and of a heap of "
                  + (heapBytes >> 10)
                  + " KiB at most "
                  + (most >> 10)
                  + " KiB can be used for bodies; lower it, remove it, or raise -Xmx");
        });
    return new MemoryBudget(limits.memoryForBodies().orElse(heapBytes / 100 * PERCENT));
  }

  /// The memory that connections from clients and their calls may occupy.
  long connectionBytesMax() {
    return heapBytes / 100 * PERCENT;
  }

  /// The same for connections to `admin.port`.
  long operatorBytesMax() {
    return heapBytes / 100 * OPERATORS_PERCENT;
  }

  /// The connections from clients that may be open at the same time: `server.max-connections`, or
  /// as many as the open files and the heap permit.
  ///
  /// @throws StartException if `server.max-connections` is more than they permit
  int connectionsMax(Config config) {
    long others = openFilesNeeded(config) - wanted(config);
    long byFiles = openFiles - others;
    boolean tls = config.server().tls().identity().isPresent();
    long byHeap = connectionBytesMax() / JettyListener.connectionBytes(tls);
    if (config.server().connectionsMax().isPresent()) {
      requireFits(wanted(config), byFiles, byHeap, others);
      return wanted(config);
    }
    // With very few files, a quarter still is for clients.
    long most = Math.max(1, Math.min(Math.max(openFiles / 4, byFiles), byHeap));
    if (byFiles < wanted(config)) {
      LOG.warn(
          "The process may have {} open files, so at most {} connections of clients are allowed;"
              + " for {}, raise the limit to {} (ulimit -n; LimitNOFILE= of systemd)",
          openFiles,
          most,
          wanted(config),
          wanted(config) + others);
    } else if (byHeap < wanted(config)) {
      LOG.info(
          "The maximum heap is {} MiB, so at most {} connections of clients are allowed; for more,"
              + " raise -Xmx",
          heapBytes >> 20,
          most);
    }
    return (int) Math.min(wanted(config), most);
  }

  private static int wanted(Config config) {
    return config.server().connectionsMax().orElse(ServerSection.CONNECTIONS_MAX_DEFAULT);
  }

  private void requireFits(int wanted, long byFiles, long byHeap, long others) {
    if (wanted > byFiles) {
      throw new StartException(
          "server.max-connections is "
              + wanted
              + ", and with a limit of "
              + openFiles
              + " open files at most "
              + Math.max(0, byFiles)
              + " can be used; raise the limit to "
              + (wanted + others)
              + " (ulimit -n; LimitNOFILE= of systemd), or lower or remove server.max-connections");
    }
    if (wanted > byHeap) {
      throw new StartException(
          "server.max-connections is "
              + wanted
              + ", and with a heap of "
              + (heapBytes >> 20)
              + " MiB at most "
              + byHeap
              + " can be used; raise -Xmx, or lower or remove server.max-connections");
    }
  }

  /// The open files for everything that a configuration permits at the same time.
  public long openFilesNeeded(Config config) {
    return OTHER_FILES
        + SPOOLED_FILES
        + config.upstream().connectionsMax()
        + config.webhooks().deliveries().concurrency()
        + config.execution().concurrency()
        + config.admin().listener().map(ListenerSettings::connectionsMax).orElse(0)
        + wanted(config);
  }

  /// Warns if this process could continue after an [OutOfMemoryError].
  static void warnIfItSurvivesOutOfMemory() {
    var options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (options != null && !Boolean.parseBoolean(options.getVMOption(EXIT_OPTION).getValue())) {
      LOG.warn(
          "The Java option -XX:+{} is not set: without memory, the process may neither work nor"
              + " end. The launchers of Backlane set it",
          EXIT_OPTION);
    }
  }
}
