package dev.backlane.gateway.issuer;

import dev.backlane.gateway.issuer.KeySet.UnusableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A JSON Web Key Set in a file, read again when the file has changed. A changed file that cannot
/// be used leaves the keys as they were. Each version of the file is read, and logged if it cannot
/// be used, once. Thread-safe.
public final class KeyFile implements KeySource {
  private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);

  private final Path file;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile @Nullable Version current;

  public KeyFile(Path file) {
    this.file = file;
  }

  @Override
  public KeySet keys() throws KeysUnavailableException {
    var version = version();
    if (version.keys() == null) {
      throw new KeysUnavailableException(file + " has no usable keys");
    }
    return version.keys();
  }

  @Override
  public KeySet newerThan(KeySet known) throws KeysUnavailableException {
    return keys();
  }

  private Version version() {
    Stamp stamp = stamp();
    Version known = current;
    if (known != null && known.stamp.equals(stamp)) {
      return known;
    }
    reading.lock();
    try {
      Version latest = current;
      if (latest == null || !latest.stamp.equals(stamp)) {
        latest = read(stamp, latest == null ? null : latest.keys);
        current = latest;
      }
      return latest;
    } finally {
      reading.unlock();
    }
  }

  private Version read(Stamp stamp, @Nullable KeySet previous) {
    try {
      var keys = KeySet.parse(Files.readAllBytes(file));
      if (!keys.passedOver().isEmpty()) {
        LOG.warn("keys in {} that are not used: {}", file, keys.passedOverSummary());
      }
      return new Version(stamp, keys);
    } catch (IOException | UnusableException unusable) {
      LOG.warn(
          "cannot read the keys of {}: {}; {}",
          file,
          unusable.getMessage(),
          previous == null
              ? "tokens of its issuer get 503 until they can be read"
              : "the previous keys stay in use");
      return new Version(stamp, previous);
    }
  }

  // A deleted file has a stamp too, so that its deletion is logged once and not per request.
  private Stamp stamp() {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      String fileKey = String.valueOf(attributes.fileKey());
      return new Stamp(attributes.lastModifiedTime(), attributes.size(), fileKey);
    } catch (IOException gone) {
      return Stamp.GONE;
    }
  }

  /// Identifies a version of the file; the file key changes when the file is replaced by renaming.
  private record Stamp(FileTime modified, long sizeBytes, String fileKey) {
    static final Stamp GONE = new Stamp(FileTime.fromMillis(0), -1, "");
  }

  /// @param keys null if neither this nor an earlier version could be used
  private record Version(Stamp stamp, @Nullable KeySet keys) {}
}
