package dev.backlane.engine.store.cache;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.StoredContent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The request bodies that were read together with the operations that were claimed just now, so
/// that executing an operation needs no other read for its body. Each is handed out once. An
/// operation that ends without being sent never asks for its body; it is discarded when newer ones
/// need the space. Bodies never change, so that none is out of date. Thread-safe.
public final class ClaimedBodies {
  /// The most bytes of a body that is read with its operation, 16 KiB; larger ones are read alone.
  public static final int BODY_BYTES_MAX = 16 * 1024;

  /// The most bytes of all bodies, 4 MiB: 256 operations with the largest bodies.
  static final long BYTES_MAX = 4L * 1024 * 1024;

  /// The estimated bytes of an entry besides its body.
  private static final int ENTRY_BYTES = 200;

  private record Claimed(Optional<StoredContent> body, long bytes) {}

  private final Map<OperationId, Claimed> bodies = new LinkedHashMap<>();
  private long bytes;

  /// Keeps the body of an operation until it is taken.
  ///
  /// @param body in memory, at most [#BODY_BYTES_MAX] and what its store adds; empty if the request
  ///     has no body
  public synchronized void keep(OperationId id, Optional<StoredContent> body) {
    var claimed = new Claimed(body, ENTRY_BYTES + body.map(StoredContent::length).orElse(0L));
    remove(id);
    bodies.put(id, claimed);
    bytes += claimed.bytes;
    while (bytes > BYTES_MAX) {
      remove(bodies.keySet().iterator().next());
    }
  }

  private @Nullable Claimed remove(OperationId id) {
    var removed = bodies.remove(id);
    if (removed != null) {
      bytes -= removed.bytes;
    }
    return removed;
  }

  /// Takes the body of an operation.
  ///
  /// @param read reads it if it was not kept
  /// @return empty if the request has no body
  public Optional<StoredContent> take(OperationId id, Supplier<Optional<StoredContent>> read) {
    @Nullable Claimed claimed;
    synchronized (this) {
      claimed = remove(id);
    }
    return claimed == null ? read.get() : claimed.body;
  }
}
