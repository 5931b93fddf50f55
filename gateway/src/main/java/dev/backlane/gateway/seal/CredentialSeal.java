package dev.backlane.gateway.seal;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// Encrypts the credential headers of a stored request, and gives them back for that operation only.
///
/// AES-256-GCM (NIST SP 800-38D) with a key of the operation's own, a random nonce of 96 bits and a
/// tag of 128; the head and the operation's id are authenticated with it. The bytes:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | version of this format: 1 |
/// | 4 | id of the master key, so that keys can be told apart when they are changed |
/// | 12 | nonce |
/// | … | cipher text and tag; the clear text is, for each header, name and value, each as its length in bytes (4 bytes, big-endian) and its UTF-8 |
///
/// Thread-safe.
public final class CredentialSeal {
  private static final byte VERSION = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int HEAD_BYTES = 1 + Integer.BYTES;
  private static final String TRANSFORMATION = "AES/GCM/NoPadding";
  private static final List<String> CREDENTIALS =
      List.of("Authorization", "Cookie", "Proxy-Authorization");

  private final MasterKey masterKey;
  private final SecureRandom random = new SecureRandom();

  public CredentialSeal(MasterKey masterKey) {
    this.masterKey = masterKey;
  }

  /// Tells whether a header is one that must be sealed: `Authorization`, `Cookie` or
  /// `Proxy-Authorization`.
  public static boolean covers(Header header) {
    return CREDENTIALS.stream().anyMatch(header::is);
  }

  /// Seals header lines, in order. No lines give [SealedCredentials#NONE].
  public SealedCredentials seal(List<Header> headers, OperationId operation) {
    if (headers.isEmpty()) {
      return SealedCredentials.NONE;
    }
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] head = ByteBuffer.allocate(HEAD_BYTES).put(VERSION).putInt(masterKey.id()).array();
    byte[] clear = encode(headers);
    var sealed = ByteBuffer.allocate(HEAD_BYTES + NONCE_BYTES + clear.length + TAG_BYTES);
    sealed.put(head).put(nonce);
    try {
      cipher(Cipher.ENCRYPT_MODE, operation, head, nonce).doFinal(ByteBuffer.wrap(clear), sealed);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("AES-256-GCM cannot fail to encrypt", impossible);
    }
    return new SealedCredentials(sealed.array());
  }

  /// The lines that were sealed.
  ///
  /// @throws SealBrokenException if the bytes were changed, belong to another operation, or were
  ///     sealed with another master key
  public List<Header> open(SealedCredentials sealed, OperationId operation) {
    if (sealed.isEmpty()) {
      return List.of();
    }
    byte[] bytes = sealed.bytes();
    if (bytes.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES) {
      throw new SealBrokenException("the sealed credentials of " + operation + " are cut short");
    }
    var buffer = ByteBuffer.wrap(bytes);
    byte[] head = take(buffer, HEAD_BYTES);
    checkHead(ByteBuffer.wrap(head), operation);
    byte[] nonce = take(buffer, NONCE_BYTES);
    try {
      byte[] text = take(buffer, buffer.remaining());
      return decode(cipher(Cipher.DECRYPT_MODE, operation, head, nonce).doFinal(text));
    } catch (AEADBadTagException tampered) {
      throw new SealBrokenException(
          "the sealed credentials of " + operation + " were changed or are another operation's",
          tampered);
    } catch (GeneralSecurityException | BufferUnderflowException impossible) {
      throw new IllegalStateException("authentic credentials cannot be malformed", impossible);
    }
  }

  private void checkHead(ByteBuffer head, OperationId operation) {
    byte version = head.get();
    if (version != VERSION) {
      throw new SealBrokenException(
          "the sealed credentials of " + operation + " are of the unknown version " + version);
    }
    int keyId = head.getInt();
    if (keyId != masterKey.id()) {
      throw new SealBrokenException(
          "the credentials of %s were sealed with the master key %s, not with this one, %s"
              .formatted(operation, hex(keyId), hex(masterKey.id())));
    }
  }

  private Cipher cipher(int mode, OperationId operation, byte[] head, byte[] nonce)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance(TRANSFORMATION);
    var parameters = new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce);
    cipher.init(mode, masterKey.sealingKey(operation), parameters);
    cipher.updateAAD(head);
    cipher.updateAAD(operation.bytes());
    return cipher;
  }

  private static byte[] encode(List<Header> headers) {
    var parts = new ArrayList<byte[]>(2 * headers.size());
    int length = 0;
    for (Header header : headers) {
      for (String text : List.of(header.name(), header.value())) {
        byte[] part = text.getBytes(StandardCharsets.UTF_8);
        parts.add(part);
        length += Integer.BYTES + part.length;
      }
    }
    var buffer = ByteBuffer.allocate(length);
    parts.forEach(part -> buffer.putInt(part.length).put(part));
    return buffer.array();
  }

  private static List<Header> decode(byte[] clear) {
    var buffer = ByteBuffer.wrap(clear);
    var headers = new ArrayList<Header>();
    while (buffer.hasRemaining()) {
      headers.add(new Header(text(buffer), text(buffer)));
    }
    return List.copyOf(headers);
  }

  private static String text(ByteBuffer buffer) {
    return new String(take(buffer, buffer.getInt()), StandardCharsets.UTF_8);
  }

  private static byte[] take(ByteBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  private static String hex(int keyId) {
    return HexFormat.of().toHexDigits(keyId);
  }
}
