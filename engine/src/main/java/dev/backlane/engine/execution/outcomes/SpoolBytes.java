package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.fairness.FairShare;
import java.io.IOException;
import java.nio.file.FileStore;
import java.util.HashMap;
import java.util.Map;

/// The bytes of all files in the spool directory that this process uses, and their limits.
/// Thread-safe.
final class SpoolBytes {
  private final SpoolLimits limits;
  private final FileStore disk;
  private final Map<String, Long> taken = new HashMap<>();
  private long used;

  /// @param disk of the spool directory
  SpoolBytes(SpoolLimits limits, FileStore disk) {
    this.limits = limits;
    this.disk = disk;
  }

  /// Reserves space for the outcome of an operation.
  ///
  /// @throws IOException if the limit would be exceeded
  synchronized void reserve(long bytes) throws IOException {
    if (bytes > limits.bytesMax() - used) {
      throw new IOException(
          "the spool directory has reached store.spool-max, " + limits.bytesMax() + " bytes");
    }
    used += bytes;
  }

  /// Counts files that exist already, whatever the limit.
  synchronized void add(long bytes) {
    used += bytes;
  }

  synchronized void release(long bytes) {
    used -= bytes;
  }

  synchronized long used() {
    return used;
  }

  private synchronized void check(String tenant, long bytes) throws IOException {
    if (disk.getUsableSpace() - bytes < limits.keptFreeBytes()) {
      throw new IOException(
          "less than "
              + (limits.keptFreeBytes() >> 20)
              + " MiB of its disk would stay free (limits.disk-free-min)");
    }
    long free = limits.bytesMax() - used;
    if (limits.manyTenants() && !FairShare.permits(taken.getOrDefault(tenant, 0L), bytes, free)) {
      throw new IOException(
          "the responses to one tenant take as much of it as they may (store.spool-max)");
    }
  }

  private synchronized void reserve(String tenant, long bytes) throws IOException {
    check(tenant, bytes);
    reserve(bytes);
    taken.merge(tenant, bytes, Long::sum);
  }

  private synchronized void release(String tenant, long bytes) {
    release(bytes);
    taken.computeIfPresent(tenant, (_, sum) -> sum <= bytes ? null : sum - bytes);
  }

  /// The share of a tenant.
  Share of(String tenant) {
    return new Share(tenant);
  }

  /// The share of the files of earlier processes, whose tenants are unknown.
  Share ofNoTenant() {
    return new Share("");
  }

  /// The bytes of the large responses to one tenant. Thread-safe.
  final class Share {
    private final String tenant;

    private Share(String tenant) {
      this.tenant = tenant;
    }

    /// Reserves nothing.
    ///
    /// @throws IOException if these bytes would not fit now
    void check(long bytes) throws IOException {
      SpoolBytes.this.check(tenant, bytes);
    }

    /// @throws IOException if a limit would be exceeded
    void reserve(long bytes) throws IOException {
      SpoolBytes.this.reserve(tenant, bytes);
    }

    void release(long bytes) {
      SpoolBytes.this.release(tenant, bytes);
    }
  }
}
