package dev.backlane.engine.transfer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The number of items, their bytes, and a digest of them that does not depend on their order: the
/// sum of their SHA-256 digests, by words of 64 bits. For one thread.
final class Checksum {
  private static final int WORDS = 4;

  private final MessageDigest sha256 = sha256();
  private final long[] words = new long[WORDS];
  private long count;
  private long bytes;

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /// Adds a part of the current item, preceded by its length.
  Checksum part(byte[] part) {
    length(part.length);
    return more(part, 0, part.length);
  }

  Checksum part(String part) {
    return part(part.getBytes(StandardCharsets.UTF_8));
  }

  Checksum length(long length) {
    sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(length).array());
    return this;
  }

  /// Adds bytes of a part whose length was added before.
  Checksum more(byte[] part, int offset, int length) {
    sha256.update(part, offset, length);
    bytes += length;
    return this;
  }

  /// Ends the current item.
  void end() {
    var digest = ByteBuffer.wrap(sha256.digest());
    for (int i = 0; i < WORDS; i++) {
      words[i] += digest.getLong();
    }
    count++;
  }

  long count() {
    return count;
  }

  long bytes() {
    return bytes;
  }

  String hex() {
    var all = ByteBuffer.allocate(WORDS * Long.BYTES);
    for (long word : words) {
      all.putLong(word);
    }
    return HexFormat.of().formatHex(all.array());
  }
}
