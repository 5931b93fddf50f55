package dev.backlane.gateway.seal;

import dev.backlane.engine.operation.OperationId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The secret of 256 bits with which one tenant's values are sealed. It is stored only wrapped by
/// the master key. Immutable, thread-safe.
final class DataKey {
  static final int KEY_BYTES = 32;

  private static final String ALGORITHM = "AES";
  private static final String DERIVATION = "HKDF-SHA256";

  /// Looking for it takes as long as deriving a key.
  private static final Provider PROVIDER = provider();

  private final long id;
  private final String tenant;
  private final Instant createdAt;
  private final byte[] secret;

  DataKey(long id, String tenant, Instant createdAt, byte[] secret) {
    this.id = id;
    this.tenant = tenant;
    this.createdAt = createdAt;
    this.secret = secret.clone();
  }

  private static Provider provider() {
    try {
      var name = KDF.getInstance(DERIVATION).getProviderName();
      return Objects.requireNonNull(Security.getProvider(name), name);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Java 25 has " + DERIVATION, impossible);
    }
  }

  /// Identifies the key in the bytes sealed with it.
  long id() {
    return id;
  }

  String tenant() {
    return tenant;
  }

  Instant createdAt() {
    return createdAt;
  }

  /// A fresh copy.
  byte[] secret() {
    return secret.clone();
  }

  /// The key of one sealed value. Each value has its own, because random nonces under one AES-GCM
  /// key are safe for 2^32 messages only (NIST SP 800-38D section 8.3): days, at full load.
  ///
  /// @param purpose the kind of value
  /// @param name its name within its kind
  SecretKey keyOf(String purpose, byte[] name) {
    byte[] label = ("backlane " + purpose).getBytes(StandardCharsets.US_ASCII);
    byte[] info = ByteBuffer.allocate(label.length + name.length).put(label).put(name).array();
    return new SecretKeySpec(expand(secret, info), ALGORITHM);
  }

  /// The key of one operation's bodies.
  SecretKey bodyKey(OperationId operation) {
    return keyOf("body seal", operation.bytes());
  }

  // The secret is uniformly random already, so HKDF's extract step is omitted (RFC 5869 section
  // 3.3).
  static byte[] expand(byte[] secret, byte[] info) {
    try {
      return KDF.getInstance(DERIVATION, PROVIDER)
          .deriveData(
              HKDFParameterSpec.expandOnly(new SecretKeySpec(secret, "HKDF"), info, KEY_BYTES));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Java 25 has " + DERIVATION, impossible);
    }
  }

  static String hex(long id) {
    return HexFormat.of().toHexDigits(id);
  }

  /// The id only.
  @Override
  public String toString() {
    return "DataKey[" + hex(id) + "]";
  }
}
