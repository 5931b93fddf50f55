package dev.backlane.engine.store.local;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.StoreException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Refuses what is new while the disk of a store has little free space left, so that what was accepted before can be worked
/// off and its answers stored. Opens again by itself. Thread-safe.
public final class DiskWatermark implements Admission {
  /// What is kept free by default, 1 GiB.
  public static final long FREE_BYTES_MIN = 1L << 30;

  /// On a small disk a share of it, 5 %.
  private static final int SHARE_OF_DISK = 20;

  /// How long a look at the disk counts, 100 ms: at 100 MB a second of accepted bodies 10 MB may come in unseen.
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(DiskWatermark.class);

  private final Path path;
  private final FileStore disk;
  private final long freeBytesMin;
  private final AtomicLong lookedNanos =
      new AtomicLong(System.nanoTime() - LOOK_INTERVAL.toNanos());
  private volatile Optional<String> refusal = Optional.empty();

  private DiskWatermark(Path path, FileStore disk, long freeBytesMin) {
    this.path = path;
    this.disk = disk;
    this.freeBytesMin = freeBytesMin;
  }

  /// Watches the disk of a directory.
  ///
  /// @param freeBytesMin empty: [#FREE_BYTES_MIN], or 5 % of the disk where that is less
  /// @throws StoreException if the disk cannot be asked
  public static DiskWatermark of(Path path, Optional<Long> freeBytesMin) {
    try {
      var disk = Files.getFileStore(path);
      long share = disk.getTotalSpace() / SHARE_OF_DISK;
      return new DiskWatermark(path, disk, freeBytesMin.orElse(Math.min(FREE_BYTES_MIN, share)));
    } catch (IOException unknown) {
      throw new StoreException(
          "the free space of " + path + " cannot be told: " + unknown.getMessage(), unknown);
    }
  }

  @Override
  public Optional<String> refusal() {
    long looked = lookedNanos.get();
    long now = System.nanoTime();
    // One caller looks, the others go by what it found.
    if (now - looked >= LOOK_INTERVAL.toNanos() && lookedNanos.compareAndSet(looked, now)) {
      look();
    }
    return refusal;
  }

  @Override
  public String reason() {
    return "disk-full";
  }

  private void look() {
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
                      + " MiB left, less than the "
                      + (freeBytesMin >> 20)
                      + " MiB of limits.disk-free-min; free space");
    } catch (IOException unknown) {
      found = Optional.of("the free space of " + path + " cannot be told: " + unknown.getMessage());
    }
    if (found.isPresent() != refusal.isPresent()) {
      LOG.warn("{}", found.orElse("the disk of " + path + " has room again"));
    }
    refusal = found;
  }
}
