package dev.backlane.gateway.auth;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A JSON Web Key Set in a file, read again when the file has changed. A changed file that cannot
/// be read leaves the keys as they were and is logged once. Thread-safe.
final class KeyFile implements JWKSource<SecurityContext> {
  private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);

  private final Path file;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile @Nullable Version current;

  KeyFile(Path file) {
    this.file = file;
  }

  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context)
      throws KeySourceException {
    return selector.select(keys());
  }

  private JWKSet keys() throws KeySourceException {
    Stamp stamp = stamp();
    Version known = current;
    if (known != null && known.stamp.equals(stamp)) {
      return known.keys;
    }
    reading.lock();
    try {
      Version latest = current;
      if (latest == null || !latest.stamp.equals(stamp)) {
        latest = read(stamp, latest);
        current = latest;
      }
      return latest.keys;
    } finally {
      reading.unlock();
    }
  }

  private Version read(Stamp stamp, @Nullable Version previous) throws KeySourceException {
    try {
      return new Version(stamp, JWKSet.load(file.toFile()));
    } catch (IOException | ParseException unreadable) {
      return keepOrFail(stamp, previous, unreadable);
    }
  }

  private Version keepOrFail(Stamp stamp, @Nullable Version previous, Exception unreadable)
      throws KeySourceException {
    if (previous == null) {
      throw new KeySourceException("cannot read the key set in " + file, unreadable);
    }
    LOG.warn("{} has changed and cannot be read; the previous keys stay in use", file, unreadable);
    return new Version(stamp, previous.keys);
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

  private record Version(Stamp stamp, JWKSet keys) {}
}
