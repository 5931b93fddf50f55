package dev.backlane.engine.codec;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.store.listing.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// SHA-256 digests under which stores index the data of a caller. Their length is fixed, regardless
/// of the lengths of the names in an access token. Thread-safe.
public final class CallerDigests {
  /// Length of the digest of one owner.
  public static final int OWNER_BYTES = 16;

  private record Owners(Caller caller, List<byte[]> digests) {}

  /// The digests of callers that were asked for last, each at a place that its hash determines:
  /// most calls have one of few callers.
  private static final AtomicReferenceArray<@Nullable Owners> RECENT =
      new AtomicReferenceArray<>(256);

  private CallerDigests() {}

  /// The digests under which a caller's operations are indexed, one for each way of owning them:
  /// those of its tenant, its client, and its user, or its client alone if it has no user. A
  /// missing one is omitted. They must not be changed.
  public static List<byte[]> owners(Caller caller) {
    int place = Math.floorMod(caller.hashCode(), RECENT.length());
    var recent = RECENT.get(place);
    if (recent == null || !recent.caller.equals(caller)) {
      recent = new Owners(caller, ownersOf(caller));
      RECENT.set(place, recent);
    }
    return recent.digests;
  }

  private static List<byte[]> ownersOf(Caller caller) {
    return Stream.of(
            Optional.of(tenant(caller)), client(caller), subject(caller).or(() -> alone(caller)))
        .flatMap(Optional::stream)
        .toList();
  }

  /// The digests under which the operations are indexed that a reader may read: one or two. What is
  /// found by them may still belong to another caller.
  public static List<byte[]> readable(Reader reader) {
    var caller = reader.caller();
    return switch (reader.ownership()) {
      case TENANT -> List.of(tenant(caller));
      case CLIENT -> client(caller).or(() -> subject(caller)).stream().toList();
      case USER -> Stream.of(subject(caller), alone(caller)).flatMap(Optional::stream).toList();
    };
  }

  /// The digest of a caller's tenant.
  public static byte[] tenant(Caller caller) {
    return shortened(digest("tenant", caller.tenant()));
  }

  /// The digest of a caller's client; empty if it has none.
  public static Optional<byte[]> client(Caller caller) {
    return owner("client", caller.tenant(), caller.client());
  }

  /// The digest of a caller's user; empty if it has none.
  public static Optional<byte[]> subject(Caller caller) {
    return owner("subject", caller.tenant(), caller.user().orElse(""));
  }

  /// The digest of a caller's client, for the operations that it started on behalf of no user;
  /// empty if it has none.
  private static Optional<byte[]> alone(Caller caller) {
    return owner("client-alone", caller.tenant(), caller.client());
  }

  private static Optional<byte[]> owner(String kind, String tenant, String name) {
    return name.isEmpty() ? Optional.empty() : Optional.of(shortened(digest(kind, tenant, name)));
  }

  private static byte[] shortened(byte[] digest) {
    return Arrays.copyOf(digest, OWNER_BYTES);
  }

  /// The digests of an idempotency key.
  ///
  /// @param own the digest under which the key is stored
  /// @param other the digest under which it is stored with another ownership, and was in earlier
  ///     versions; empty if there is none. A use that is found by it counts only if the same caller
  ///     made it
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record KeyDigests(byte[] own, Optional<byte[]> other) {}

  /// The digests of the idempotency key of a call: within its tenant, client and user, or within
  /// its tenant and client.
  public static KeyDigests idempotency(Caller caller, String key, Ownership ownership) {
    byte[] ofClient = digest("idempotency", caller.tenant(), caller.client(), key);
    if (caller.user().isEmpty()) {
      return new KeyDigests(ofClient, Optional.empty());
    }
    byte[] ofUser =
        digest("idempotency-user", caller.tenant(), caller.client(), caller.subject(), key);
    return ownership.keyOfUser(caller)
        ? new KeyDigests(ofUser, Optional.of(ofClient))
        : new KeyDigests(ofClient, Optional.of(ofUser));
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
