package dev.backlane.engine.codec;

import dev.backlane.engine.operation.Caller;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// SHA-256 digests under which stores index the data of a caller. Their length is fixed, regardless
/// of the lengths of the names in an access token. Stateless.
public final class CallerDigests {
  /// Length of the digest of one owner.
  public static final int OWNER_BYTES = 16;

  private CallerDigests() {}

  /// The digests under which a caller's operations are indexed: those of its client and its user. A
  /// missing one is omitted.
  public static List<byte[]> owners(Caller caller) {
    return Stream.of(client(caller), subject(caller)).flatMap(Optional::stream).toList();
  }

  /// The digest of a caller's client; empty if it has none.
  public static Optional<byte[]> client(Caller caller) {
    return owner("client", caller.tenant(), caller.client());
  }

  /// The digest of a caller's user; empty if it has none.
  public static Optional<byte[]> subject(Caller caller) {
    return owner("subject", caller.tenant(), caller.subject());
  }

  private static Optional<byte[]> owner(String kind, String tenant, String name) {
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(Arrays.copyOf(digest(kind, tenant, name), OWNER_BYTES));
  }

  /// The digest of an idempotency key within its tenant and client.
  public static byte[] idempotency(Caller caller, String key) {
    return digest("idempotency", caller.tenant(), caller.client(), key);
  }

  /// Each text is preceded by its length, so that no two lists of texts produce the same bytes.
  private static byte[] digest(String... texts) {
    var sha256 = sha256();
    for (var text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      sha256.update(bytes);
    }
    return sha256.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform must have SHA-256", impossible);
    }
  }
}
