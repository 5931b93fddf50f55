package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.Caller;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Under which digests an operation is found by its owners, as the database keeps them.
///
/// @param client null where the caller has none
/// @param subject null where the caller has none
public record OwnerDigests(@Nullable UUID client, @Nullable UUID subject) {
  public static OwnerDigests of(Caller caller) {
    return new OwnerDigests(
        uuid(CallerDigests.client(caller)), uuid(CallerDigests.subject(caller)));
  }

  private static @Nullable UUID uuid(Optional<byte[]> digest) {
    return digest
        .map(ByteBuffer::wrap)
        .map(buffer -> new UUID(buffer.getLong(), buffer.getLong()))
        .orElse(null);
  }
}
