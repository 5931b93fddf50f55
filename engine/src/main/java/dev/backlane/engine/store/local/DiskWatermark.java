package dev.backlane.engine.store.local;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Refuses new operations while the disk of a store is nearly full, so that accepted operations can
/// be completed and their responses stored. Accepts again once enough space is free. Thread-safe.
public final class DiskWatermark implements Admission {
  /// How long a measurement is reused, 100 ms: at 100 MB of small calls per second, the free space
  /// drops at most 10 MB below the limit. Large bodies reserve theirs ([DiskSpace]).
  private static final Duration MEASUREMENT_AGE_MAX = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(DiskWatermark.class);

  private final Path path;
  private final FileStore disk;
  private final long freeBytesMin;
  private final AtomicLong measuredNanos =
      new AtomicLong(System.nanoTime() - MEASUREMENT_AGE_MAX.toNanos());
  private volatile Optional<String> refusal = Optional.empty();

  private DiskWatermark(Path path, FileStore disk, long freeBytesMin) {
    this.path = path;
    this.disk = disk;
    this.freeBytesMin = freeBytesMin;
  }

  /// Creates the watermark of the disk that contains a directory.
  ///
  /// @param freeBytesMin the limit; if empty, the default of [DiskSpace]
  /// @throws StoreException if the free space cannot be determined
  public static DiskWatermark of(Path path, Optional<Long> freeBytesMin) {
    try {
      var disk = Files.getFileStore(path);
      return new DiskWatermark(path, disk, DiskSpace.limit(disk, freeBytesMin));
    } catch (IOException unknown) {
      throw DiskSpace.unknown(path, unknown);
    }
  }

  @Override
  public Optional<String> refusal() {
    long measured = measuredNanos.get();
    long now = System.nanoTime();
    // One caller measures; the others use the last measurement until it is done.
    if (now - measured >= MEASUREMENT_AGE_MAX.toNanos()
        && measuredNanos.compareAndSet(measured, now)) {
      measure();
    }
    return refusal;
  }

  @Override
  public String reason() {
    return "disk-full";
  }

  private void measure() {
    Optional<String> found;
    try {
      long free = disk.getUsableSpace();
      found =
          free >= freeBytesMin
              ? Optional.empty()
              : Optional.of(
                  "the disk of "
                      + path
                      + " has "
                      + (free >> 20)
                      + " MiB free, less than the "
                      + (freeBytesMin >> 20)
                      + " MiB of limits.disk-free-min; free some space");
    } catch (IOException unknown) {
      found =
          Optional.of(
              "the free space of " + path + " cannot be determined: " + unknown.getMessage());
    }
    if (found.isPresent() != refusal.isPresent()) {
      LOG.warn(
          "{}",
          found.orElse(
              "the disk of " + path + " has enough free space again; new operations are accepted"));
    }
    refusal = found;
  }
}
