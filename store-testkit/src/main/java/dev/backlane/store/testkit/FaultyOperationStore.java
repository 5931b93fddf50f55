package dev.backlane.store.testkit;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A store that fails on demand and delegates to another. It fails in the two ways that a caller
/// cannot distinguish: before the write happened, and after it. As thread-safe as its plan.
public final class FaultyOperationStore extends ForwardingStore {
  /// The verbs that can fail.
  public enum Verb {
    SPOOL,
    ACCEPT,
    CLAIM,
    REPLACE,
    FIND,
    CONTENT,
    LIST,
    RENEW,
    EXPIRE,
    LEAVE,
    HELD,
    PRUNE,
    PROBE
  }

  /// How a call ends.
  public enum Fault {
    /// The call is delegated.
    NONE,
    /// The call throws without effect.
    BEFORE,
    /// The call takes effect and throws.
    AFTER
  }

  /// Decides how each call ends.
  @FunctionalInterface
  public interface Plan {
    /// Called once per call.
    Fault next(Verb verb);
  }

  private final Plan plan;

  /// @param store to which calls are delegated
  /// @param plan thread-safe if several threads use the store
  public FaultyOperationStore(OperationStore store, Plan plan) {
    super(store);
    this.plan = plan;
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    return faulty(Verb.SPOOL, () -> store.spool(id, tenant, part));
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    return faulty(Verb.ACCEPT, () -> store.accept(operation, request, key));
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return faulty(
        Verb.CLAIM,
        () -> store.claim(max, permits, lease, now),
        claimed -> claimed.forEach(lost -> permits.release(QueueKey.of(lost))));
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    return faulty(Verb.REPLACE, () -> store.replace(from, to, response, delivery));
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    return faulty(Verb.REPLACE, () -> store.replaceAll(replacements));
  }

  @Override
  public boolean setAside(OperationId id, long version, State.Failed end) {
    return faulty(Verb.REPLACE, () -> store.setAside(id, version, end));
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    return faulty(Verb.FIND, () -> store.findAll(ids));
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    return faulty(Verb.FIND, () -> store.find(id));
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    return faulty(Verb.CONTENT, () -> store.content(operation, part));
  }

  @Override
  public Page list(Listing listing) {
    return faulty(Verb.LIST, () -> store.list(listing));
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    return faulty(Verb.RENEW, () -> store.renew(holder, lifetime, silences));
  }

  @Override
  public boolean expire(Heartbeat last) {
    return faulty(Verb.EXPIRE, () -> store.expire(last));
  }

  @Override
  public void leave(String holder) {
    faulty(
        Verb.LEAVE,
        () -> {
          store.leave(holder);
          return true;
        });
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return faulty(Verb.HELD, () -> store.held(holder));
  }

  @Override
  public void prune(RetentionStep step) {
    faulty(
        Verb.PRUNE,
        () -> {
          store.prune(step);
          return true;
        });
  }

  @Override
  public void probe() {
    faulty(
        Verb.PROBE,
        () -> {
          store.probe();
          return true;
        });
  }

  private <T> T faulty(Verb verb, Supplier<T> call) {
    return faulty(verb, call, _ -> {});
  }

  /// @param lost receives a result that is not returned
  private <T> T faulty(Verb verb, Supplier<T> call, Consumer<T> lost) {
    return switch (plan.next(verb)) {
      case NONE -> call.get();
      case BEFORE -> throw new StoreException("injected: " + verb + " failed before it happened");
      case AFTER -> {
        lost.accept(call.get());
        throw new StoreException("injected: " + verb + " failed after it happened");
      }
    };
  }
}
