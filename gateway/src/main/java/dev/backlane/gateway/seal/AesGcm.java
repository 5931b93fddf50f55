package dev.backlane.gateway.seal;

import java.security.GeneralSecurityException;
import java.security.Provider;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/// AES-256-GCM (NIST SP 800-38D) with a tag of 128 bits. Stateless.
final class AesGcm {
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  private static final String TRANSFORMATION = "AES/GCM/NoPadding";

  /// Looking for it takes longer than encrypting a token.
  private static final Provider PROVIDER = provider();

  private AesGcm() {}

  private static Provider provider() {
    try {
      return Cipher.getInstance(TRANSFORMATION).getProvider();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform must have AES-GCM", impossible);
    }
  }

  /// Cipher text and tag of the first `length` bytes.
  ///
  /// @param nonce of 12 bytes, never twice with one key
  /// @param authenticated further bytes that must be the same when it is opened
  static byte[] seal(
      SecretKey key, byte[] nonce, byte[] clear, int length, byte[]... authenticated) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, key, nonce, authenticated).doFinal(clear, 0, length);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("AES-256-GCM cannot fail to encrypt", impossible);
    }
  }

  /// The clear bytes of cipher text and tag.
  ///
  /// @throws AEADBadTagException if a byte was changed, or this is not the key
  static byte[] open(SecretKey key, byte[] nonce, byte[] sealed, byte[]... authenticated)
      throws AEADBadTagException {
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, authenticated).doFinal(sealed);
    } catch (AEADBadTagException tampered) {
      throw tampered;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("authentic bytes cannot be malformed", impossible);
    }
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[]... authenticated)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance(TRANSFORMATION, PROVIDER);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    for (byte[] part : authenticated) {
      cipher.updateAAD(part);
    }
    return cipher;
  }
}
