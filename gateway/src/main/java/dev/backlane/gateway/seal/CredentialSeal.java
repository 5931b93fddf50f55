package dev.backlane.gateway.seal;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Encrypts the credential headers of a stored request so that they open for that operation only.
/// The clear text has, for each header, name and value, each as its length in bytes (4 bytes,
/// big-endian) and its UTF-8. Thread-safe.
public final class CredentialSeal {
  private final Seal seal;

  public CredentialSeal(DataKeys keys) {
    this.seal = new Seal(keys, "credential seal");
  }

  /// Seals header fields, in order. Without fields the result is [SealedCredentials#NONE].
  ///
  /// @param tenant whose key is used
  public SealedCredentials seal(List<Header> headers, OperationId operation, String tenant) {
    return headers.isEmpty()
        ? SealedCredentials.NONE
        : new SealedCredentials(seal.seal(encode(headers), tenant, operation.bytes()));
  }

  /// The fields that were sealed.
  ///
  /// @throws UnsealException if the bytes were changed, or belong to another operation
  public List<Header> open(SealedCredentials sealed, OperationId operation) {
    if (sealed.isEmpty()) {
      return List.of();
    }
    try {
      return decode(seal.open(sealed.bytes(), operation.bytes()));
    } catch (BufferUnderflowException impossible) {
      throw new IllegalStateException("authentic credentials cannot be malformed", impossible);
    }
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
    byte[] bytes = new byte[buffer.getInt()];
    buffer.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
