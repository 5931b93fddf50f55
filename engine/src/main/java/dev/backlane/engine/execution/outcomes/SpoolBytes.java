package dev.backlane.engine.execution.outcomes;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/// The bytes of all files in the spool directory that this process uses, and their limit.
/// Thread-safe.
final class SpoolBytes {
  private final long max;
  private final AtomicLong used = new AtomicLong();

  SpoolBytes(long max) {
    this.max = max;
  }

  /// @throws IOException if the limit would be exceeded
  void reserve(long bytes) throws IOException {
    if (used.addAndGet(bytes) > max) {
      used.addAndGet(-bytes);
      throw new IOException("the spool directory has reached store.spool-max, " + max + " bytes");
    }
  }

  /// Counts files that exist already, whatever the limit.
  void add(long bytes) {
    used.addAndGet(bytes);
  }

  void release(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }
}
