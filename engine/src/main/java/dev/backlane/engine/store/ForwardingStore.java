package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Delegates every call to another store; the base of stores that change one aspect. As thread-safe
/// as the other store.
public abstract class ForwardingStore implements OperationStore {
  /// The other store.
  protected final OperationStore store;

  protected ForwardingStore(OperationStore store) {
    this.store = store;
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    return store.spool(id, tenant, part);
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    return store.accept(operation, request, key);
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return store.claim(max, permits, lease, now);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    return store.replace(from, to, response, delivery);
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    return store.replaceAll(replacements);
  }

  @Override
  public boolean setAside(OperationId id, long version, State.Failed end) {
    return store.setAside(id, version, end);
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    return store.find(id);
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    return store.findAll(ids);
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    return store.content(operation, part);
  }

  @Override
  public Page list(Listing listing) {
    return store.list(listing);
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    return store.renew(holder, lifetime, silences);
  }

  @Override
  public boolean expire(Heartbeat last) {
    return store.expire(last);
  }

  @Override
  public void leave(String holder) {
    store.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return store.held(holder);
  }

  @Override
  public long queued() {
    return store.queued();
  }

  @Override
  public long queued(String tenant) {
    return store.queued(tenant);
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return store.nextDue(permits);
  }

  @Override
  public Set<QueueKey> dueKeys(int max, Instant now) {
    return store.dueKeys(max, now);
  }

  @Override
  public void prune(RetentionStep step) {
    store.prune(step);
  }

  @Override
  public void probe() {
    store.probe();
  }
}
