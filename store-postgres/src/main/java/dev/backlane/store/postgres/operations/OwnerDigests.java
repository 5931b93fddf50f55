package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.store.listing.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The digests by which the database finds the operations of a tenant, client or user.
///
/// @param client null if the caller has none
/// @param subject of the user; null if the caller has none
public record OwnerDigests(UUID tenant, @Nullable UUID client, @Nullable UUID subject) {
  private static final String OF_CLIENT = "client_digest = ?";
  private static final String OF_SUBJECT = "subject_digest = ?";

  public static OwnerDigests of(Caller caller) {
    return new OwnerDigests(
        uuid(CallerDigests.tenant(caller)),
        uuid(CallerDigests.client(caller)),
        uuid(CallerDigests.subject(caller)));
  }

  /// A condition that finds operations of a reader in `call`. Each is the condition of an index.
  ///
  /// @param digest its parameter; null if it has none
  record Condition(String sql, @Nullable UUID digest) {}

  /// The conditions which together find all operations that a reader may read, and possibly others.
  static List<Condition> readable(Reader reader) {
    var caller = reader.caller();
    var digests = of(caller);
    var conditions = new ArrayList<Condition>();
    switch (reader.ownership()) {
      case TENANT -> {
        conditions.add(new Condition("tenant_digest = ?", digests.tenant));
        // Rows of nodes of an earlier version.
        conditions.add(new Condition("tenant_digest IS NULL", null));
      }
      case CLIENT -> {
        if (digests.client != null) {
          conditions.add(new Condition(OF_CLIENT, digests.client));
        } else if (digests.subject != null) {
          conditions.add(new Condition(OF_SUBJECT, digests.subject));
        }
      }
      case USER -> {
        if (digests.client != null) {
          conditions.add(new Condition(OF_CLIENT + " AND subject_digest IS NULL", digests.client));
        }
        // Earlier versions stored a subject that is the client itself as a user.
        var user = digests.subject == null ? asUser(caller) : digests.subject;
        if (user != null) {
          conditions.add(new Condition(OF_SUBJECT, user));
        }
      }
    }
    return conditions;
  }

  private static @Nullable UUID asUser(Caller caller) {
    return uuid(CallerDigests.subject(new Caller(caller.tenant(), "", caller.client())));
  }

  private static @Nullable UUID uuid(Optional<byte[]> digest) {
    return digest.map(OwnerDigests::uuid).orElse(null);
  }

  private static UUID uuid(byte[] digest) {
    var buffer = ByteBuffer.wrap(digest);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
