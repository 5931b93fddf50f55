package dev.backlane.gateway.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// The secret of 256 bits that wraps all data keys. Without it, sealed values are lost. Immutable,
/// thread-safe.
public final class MasterKey {
  /// Length of the key.
  public static final int KEY_BYTES = 32;

  private static final String ALGORITHM = "AES";
  private static final byte[] ID_LABEL = label("backlane master key id");
  private static final byte[] WRAP_LABEL = label("backlane key wrap");

  private final byte[] secret;
  private final int id;

  private MasterKey(byte[] bytes) {
    secret = bytes;
    id = ByteBuffer.wrap(DataKey.expand(secret, ID_LABEL)).getInt();
  }

  /// A new key that is not stored: for values that do not outlive the process.
  public static MasterKey passing() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return new MasterKey(key);
  }

  /// Parses a key given as text, such as in an environment variable.
  ///
  /// @param text base64 (RFC 4648 section 4) of exactly 32 bytes; white space around it is ignored
  /// @throws MasterKeyException if it is anything else
  public static MasterKey ofBase64(String text) {
    return new MasterKey(decode(text, "the master key"));
  }

  /// Reads the key from its file, which is created with a new key if it is missing. On return the
  /// key is durable, so no value is sealed with a key that a crash can lose. Several processes may
  /// do this at once; all get the same key.
  ///
  /// @param file readable by its owner only; its directory is created if it is missing
  /// @throws MasterKeyException if the file is readable by others, malformed, or cannot be read or
  ///     created
  public static MasterKey loadOrCreate(Path file) {
    try {
      if (Files.notExists(file)) {
        MasterKeyFile.create(file);
      }
      MasterKeyFile.refuseReadableByOthers(file);
      return new MasterKey(decode(MasterKeyFile.read(file), file.toString()));
    } catch (IOException failed) {
      throw new MasterKeyException("cannot read or create the master key in " + file, failed);
    }
  }

  /// Identifies a master key without revealing anything about it.
  int id() {
    return id;
  }

  /// The key that wraps data keys. They are few, so random nonces are safe under it (NIST SP
  /// 800-38D section 8.3).
  SecretKey wrappingKey() {
    return new SecretKeySpec(DataKey.expand(secret, WRAP_LABEL), ALGORITHM);
  }

  static String hex(int id) {
    return HexFormat.of().toHexDigits(id);
  }

  private static byte[] decode(String text, String source) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text.strip());
    } catch (IllegalArgumentException malformed) {
      // The cause is dropped, because its message quotes the key.
      throw new MasterKeyException(source + " is not base64; it must be the base64 of 32 bytes");
    }
    if (bytes.length != KEY_BYTES) {
      throw new MasterKeyException(
          source + " has " + bytes.length + " bytes; it must be the base64 of 32 bytes");
    }
    return bytes;
  }

  private static byte[] label(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// The id only.
  @Override
  public String toString() {
    return "MasterKey[" + hex(id) + "]";
  }
}
