package dev.backlane.engine.store.cache;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.expiry.RetentionStep;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Keeps the operations in memory that this process has ended just now: a client that waits for the
/// end reads the operation several times right after it. An ended operation never changes, so that
/// no other process can have another version; but a copy of the store can, such as a standby that
/// was promoted while it lagged, so that [#clear] is called once it is in use. Each prune discards
/// all of them, before the retention of the first is over. They occupy about 3 MiB, and 16 MiB at
/// most. Thread-safe.
public final class RecentEnds extends ForwardingStore {
  /// How many are kept; the oldest is discarded first.
  static final int KEPT_MAX = 2_048;

  /// Larger ones are read from the store.
  private static final int CHARS_MAX = 2_000;

  private final Map<OperationId, Operation> kept = new ConcurrentHashMap<>();

  /// The ids of those that are kept, as a ring.
  private final AtomicReferenceArray<OperationId> order = new AtomicReferenceArray<>(KEPT_MAX);

  private final AtomicInteger next = new AtomicInteger();

  public RecentEnds(OperationStore store) {
    super(store);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    boolean replaced = super.replace(from, to, response, delivery);
    if (replaced && to.state() instanceof State.Ended end && small(to, end)) {
      keep(to);
    }
    return replaced;
  }

  private static boolean small(Operation operation, State.Ended end) {
    var request = operation.request();
    long chars = request.target().length() + chars(request.headers());
    if (end instanceof State.Finished finished) {
      chars += chars(finished.response().headers());
    }
    return chars <= CHARS_MAX;
  }

  private static long chars(List<Header> headers) {
    long chars = 0;
    for (var header : headers) {
      chars += header.name().length() + header.value().length();
    }
    return chars;
  }

  private void keep(Operation ended) {
    int place = Math.floorMod(next.getAndIncrement(), KEPT_MAX);
    var oldest = order.getAndSet(place, ended.id());
    if (oldest != null) {
      kept.remove(oldest);
    }
    kept.put(ended.id(), ended);
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    var ended = kept.get(id);
    return ended == null ? super.find(id) : Optional.of(ended);
  }

  @Override
  public void prune(RetentionStep step) {
    clear();
    super.prune(step);
  }

  /// Discards all of them.
  public void clear() {
    kept.clear();
  }
}
