package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import java.util.Optional;

/// Stores with an operation's end, in the same commit, the delivery that tells it: no notification comes before its end is
/// durable, and none is lost after. Thread-safe.
public final class NotifyingStore extends ForwardingStore {
  private final NotificationWriter writer;
  private final Runnable due;

  /// @param due told that a delivery has become due
  public NotifyingStore(OperationStore store, NotificationWriter writer, Runnable due) {
    super(store);
    this.writer = writer;
    this.due = due;
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    var told = to.ended() ? delivery.or(() -> writer.of(to)) : delivery;
    boolean made = store.replace(from, to, response, told);
    if (made && told.isPresent()) {
      due.run();
    }
    return made;
  }
}
