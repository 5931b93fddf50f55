package dev.backlane.engine.execution.outcomes;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the spool reports to operators. A fault that stays is reported once, until a write succeeds
/// again. Thread-safe.
final class SpoolLog {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolLog.class);

  private final Path directory;
  private volatile boolean failing;

  SpoolLog(Path directory) {
    this.directory = directory;
  }

  void failed(Exception cause) {
    if (failing) {
      LOG.debug("The spool directory {} cannot be used: {}", directory, cause.toString());
      return;
    }
    failing = true;
    LOG.warn(
        "The spool directory {} cannot be used now, so a response that the store does not accept is"
            + " lost if the process ends: {}",
        directory,
        cause.toString());
  }

  void worked() {
    failing = false;
  }

  static void notRemoved(Path file, Exception failed) {
    LOG.warn("The file {} could not be removed: {}", file, failed.toString());
  }

  static void unreadable(Path file, String why) {
    LOG.warn(
        "The held outcome {} cannot be read and is left in place: {}. It belongs to another store or"
            + " is damaged; remove it if it is not needed",
        file,
        why);
  }
}
