package dev.backlane.engine.store.local;

import dev.backlane.engine.fairness.FairShare;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The space that bodies may take of a disk while they are received. It is reserved before it is
/// written, so that bodies that arrive at the same time do not fill the disk together: the whole
/// length if it is known, and otherwise piece by piece.
///
/// | body | may take the space | because |
/// | --- | --- | --- |
/// | of a request | above the limit (`limits.disk-free-min`) | it can be refused |
/// | of a response | above an eighth of the limit | ends of operations need space too |
///
/// In both cases the bodies of one tenant that are being received leave a part to other tenants
/// ([FairShare]). The free space is measured for each reservation, that is at most once per MiB.
/// With a limit of 0 nothing is checked. Thread-safe.
public final class DiskSpace {
  /// Reserves and checks nothing.
  public static final DiskSpace UNLIMITED =
      new DiskSpace(Path.of(""), () -> Long.MAX_VALUE, 0, false);

  /// The default limit of free space, 1 GiB.
  public static final long FREE_BYTES_MIN = 1L << 30;

  /// On a small disk the default is 5 % of its size.
  private static final int SHARE_OF_DISK = 20;

  /// What bodies of unknown length reserve at a time, and how often a body of a request is checked.
  static final long STEP_BYTES = 1 << 20;

  /// Responses leave one part in this many of the limit.
  private static final int RESPONSE_DIVISOR = 8;

  /// Returns the free space in bytes.
  @FunctionalInterface
  interface Measurement {
    long freeBytes() throws IOException;
  }

  private final Path path;
  private final Measurement disk;
  private final long freeBytesMin;
  private final boolean manyTenants;

  /// Reserved and not written, of all tenants.
  private long unwritten;

  /// Reserved by the bodies that are being received, of each tenant; no value is 0.
  private final Map<String, Long> taken = new HashMap<>();

  /// @param path shown in messages
  DiskSpace(Path path, Measurement disk, long freeBytesMin, boolean manyTenants) {
    this.path = path;
    this.disk = disk;
    this.freeBytesMin = freeBytesMin;
    this.manyTenants = manyTenants;
  }

  /// The space of the disk that contains a directory.
  ///
  /// @param freeBytesMin the limit; if empty, [#FREE_BYTES_MIN] or 5 % of the disk, whichever is
  ///     less
  /// @param manyTenants whether callers belong to different tenants
  /// @throws StoreException if the free space cannot be determined
  public static DiskSpace of(Path path, Optional<Long> freeBytesMin, boolean manyTenants) {
    try {
      var disk = Files.getFileStore(path);
      return new DiskSpace(path, disk::getUsableSpace, limit(disk, freeBytesMin), manyTenants);
    } catch (IOException unknown) {
      throw unknown(path, unknown);
    }
  }

  static StoreException unknown(Path path, IOException cause) {
    return new StoreException(
        "the free space of " + path + " cannot be determined: " + cause.getMessage(), cause);
  }

  /// The limit of a disk.
  ///
  /// @param freeBytesMin as configured; if empty, the default
  /// @throws IOException if the size of the disk cannot be determined
  public static long limit(FileStore disk, Optional<Long> freeBytesMin) throws IOException {
    long share = disk.getTotalSpace() / SHARE_OF_DISK;
    return freeBytesMin.orElse(Math.min(FREE_BYTES_MIN, share));
  }

  /// Begins a body of a request of a tenant.
  public Use ofRequest(String tenant) {
    return new Use(tenant, freeBytesMin, true);
  }

  /// Begins a body of a response to a tenant.
  public Use ofResponse(String tenant) {
    return new Use(tenant, freeBytesMin / RESPONSE_DIVISOR, false);
  }

  private long freeBytes() {
    try {
      return disk.freeBytes();
    } catch (IOException unknown) {
      throw unknown(path, unknown);
    }
  }

  private synchronized void reserve(String tenant, long bytes, long keptFree) {
    long free = freeBytes();
    long available = free - keptFree - unwritten;
    if (bytes > available) {
      throw new StoreException.NoSpace(full(bytes, free, keptFree), false);
    }
    if (manyTenants && !FairShare.permits(taken.getOrDefault(tenant, 0L), bytes, available)) {
      throw new StoreException.NoSpace(
          full(bytes, free, keptFree) + ", and a part of it is left to other tenants", true);
    }
    unwritten += bytes;
    taken.merge(tenant, bytes, Long::sum);
  }

  private String full(long bytes, long free, long keptFree) {
    return "a body needs "
        + bytes
        + " bytes of the disk of "
        + path
        + ", of which "
        + free
        + " are free, "
        + unwritten
        + " are reserved, and "
        + keptFree
        + " are kept free (limits.disk-free-min)";
  }

  private void check() {
    long free = freeBytes();
    if (free < freeBytesMin) {
      throw new StoreException.NoSpace(full(STEP_BYTES, free, freeBytesMin), false);
    }
  }

  private synchronized void written(long bytes) {
    unwritten -= bytes;
  }

  private synchronized void end(String tenant, long reserved, long rest) {
    unwritten -= rest;
    taken.computeIfPresent(tenant, (_, sum) -> sum == reserved ? null : sum - reserved);
  }

  /// The space of one body. For one thread.
  public final class Use implements AutoCloseable {
    private final String tenant;
    private final long keptFree;
    private final boolean checked;
    private long reserved;
    private long written;
    private long checkedAt = STEP_BYTES;

    private Use(String tenant, long keptFree, boolean checked) {
      this.tenant = tenant;
      this.keptFree = keptFree;
      this.checked = checked;
    }

    /// Reserves space for the whole body.
    ///
    /// @throws StoreException.NoSpace if there is not enough
    public void expect(long bytes) {
      grow(bytes);
    }

    /// Must be called before bytes are written.
    ///
    /// @throws StoreException.NoSpace if there is no space for them
    public void require(long bytes) {
      if (freeBytesMin == 0) {
        return;
      }
      if (written + bytes > reserved) {
        grow(Math.max(written + bytes, reserved + STEP_BYTES));
      }
      if (checked && written >= checkedAt) {
        check();
        checkedAt = written + STEP_BYTES;
      }
    }

    private void grow(long to) {
      if (freeBytesMin > 0 && to > reserved) {
        reserve(tenant, to - reserved, keptFree);
        reserved = to;
      }
    }

    /// Must be called after bytes were written.
    public void written(long bytes) {
      if (freeBytesMin > 0) {
        DiskSpace.this.written(bytes);
        written += bytes;
      }
    }

    /// Ends the reservation. Idempotent.
    @Override
    public void close() {
      if (reserved > 0) {
        end(tenant, reserved, reserved - written);
        reserved = 0;
        written = 0;
      }
    }
  }
}
