package dev.backlane.app.wiring;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LimitsSection;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.gateway.http.ListenerSettings;
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

  /// What a connection with an unfinished request head occupies, measured.
  private static final long CONNECTION_BYTES = 40L * 1024;

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
  MemoryBudget memoryForBodies(LimitsSection limits) {
    return new MemoryBudget(limits.memoryForBodies().orElse(heapBytes / 100 * PERCENT));
  }

  /// The connections from clients that may be open at the same time: `server.max-connections`, or
  /// fewer if the open files or the heap do not suffice; then the fix is logged.
  int connectionsMax(Config config) {
    int configured = config.server().listener().connectionsMax();
    long reserved = openFilesNeeded(config) - configured;
    // With very few files, a quarter still is for clients.
    long byFiles = Math.max(openFiles / 4, openFiles - reserved);
    long byHeap = Math.max(1, heapBytes / 100 * PERCENT / CONNECTION_BYTES);
    if (byFiles < configured) {
      LOG.warn(
          "The process may have {} open files, so at most {} of server.max-connections {} can be"
              + " used; raise the limit to {} (ulimit -n; LimitNOFILE= of systemd), or set"
              + " server.max-connections to {}",
          openFiles,
          Math.min(byFiles, byHeap),
          configured,
          configured + reserved,
          byFiles);
    } else if (byHeap < configured) {
      LOG.info(
          "The maximum heap is {} MiB, so at most {} of server.max-connections {} can be used;"
              + " raise -Xmx, or set server.max-connections to {}",
          heapBytes >> 20,
          byHeap,
          configured,
          byHeap);
    }
    return (int) Math.min(configured, Math.min(byFiles, byHeap));
  }

  /// The open files for everything that a configuration permits at the same time.
  public long openFilesNeeded(Config config) {
    return OTHER_FILES
        + SPOOLED_FILES
        + config.upstream().connectionsMax()
        + config.webhooks().deliveries().concurrency()
        + config.execution().concurrency()
        + config.admin().listener().map(ListenerSettings::connectionsMax).orElse(0)
        + config.server().listener().connectionsMax();
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
