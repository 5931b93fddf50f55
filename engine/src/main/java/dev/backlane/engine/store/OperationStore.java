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
import java.util.Set;

/// Stores operations and their contents. It compares and sets, and makes no decisions: every state
/// is decided by [dev.backlane.engine.operation.Lifecycle].
///
/// Thread-safe. Every method may block and is meant for virtual threads. A method that writes
/// returns once the write is durable; if it throws [StoreException], the write may or may not have
/// happened, and the caller must not report success. [StoreException.Refused] means that nothing
/// was written, and that repeating does not help.
public interface OperationStore {
  /// Begins a content that is too large to be kept in memory.
  ///
  /// @param tenant the tenant of the operation that the content belongs to
  Spool spool(OperationId id, String tenant, Part part);

  /// Stores a new operation, its request content and its idempotency key in one commit. The
  /// operation is [Queued], or [Running] if a permit was free.
  ///
  /// [Queued]: dev.backlane.engine.operation.State.Queued
  /// [Running]: dev.backlane.engine.operation.State.Running
  ///
  /// @return [Acceptance.Stored] if it was stored; otherwise nothing was
  Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key);

  /// Claims up to `max` operations that are due at `now`: moves them to running under `lease` in
  /// one commit. Tenants are served in rotation; within a tenant the operation that has been due
  /// longest comes first. Once returned, an operation is not returned again until it is requeued.
  /// Empty if no due operation has a free permit. An operation that cannot be read is not returned,
  /// and not claimed again: [#held] returns it.
  ///
  /// @param permits one is acquired for each operation that is returned, and for no other, even if
  ///     this throws
  List<Operation> claim(int max, Permits permits, Lease lease, Instant now);

  /// Replaces `from` by `to` if `from` is still the stored version, and stores the response content
  /// and the delivery that reports the end in the same commit.
  ///
  /// @param to the next version of `from`
  /// @return false if another version is stored; nothing was written then
  boolean replace(Operation from, Operation to, Content response, Optional<Delivery> delivery);

  /// Replaces several operations, each as [#replace] does with an empty response, in as few commits
  /// as possible. Each is replaced or not, whatever happens to the others.
  ///
  /// @return one result for each, in order
  List<Replacement.Result> replaceAll(List<Replacement> replacements);

  /// Ends an operation that cannot be read, or whose end cannot be stored otherwise. No content and
  /// no delivery is stored.
  ///
  /// @param version the stored version, as in [LeasedOperation]
  /// @return false if another version is stored; nothing was written then
  boolean setAside(OperationId id, long version, State.Failed end);

  /// The operation as last committed; empty if it does not exist or was pruned.
  ///
  /// @throws StoreException.Refused if it cannot be read
  Optional<Operation> find(OperationId id);

  /// The operations with these ids as last committed. Those that do not exist, were pruned or
  /// cannot be read are missing.
  Map<OperationId, Operation> findAll(List<OperationId> ids);

  /// A stored content; empty if there is none.
  ///
  /// @param operation as it was found; its response content exists once it has finished
  Optional<StoredContent> content(Operation operation, Part part);

  /// One page of a caller's operations, newest first.
  Page list(Listing listing);

  /// Renews the lease of a holder, or begins it.
  ///
  /// @param lifetime how long the lease is valid; the call fails well before that time is over
  /// @param silences the holders that this one has seen no renewal of, each with the last renewal
  ///     and the time since it; they replace what this holder recorded before
  Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences);

  /// Ends the lease of a holder if it was not renewed after `last`: its running operations may be
  /// taken over at once. The holder may [#renew] again, which begins another lease.
  ///
  /// @return false if the holder has renewed or ended its lease since; nothing was written then
  boolean expire(Heartbeat last);

  /// Ends the lease of a holder now: its running operations may be taken over at once. Does nothing
  /// if it has none. The holder may [#renew] again.
  void leave(String holder);

  /// The operations that run under leases of `holder`, or of holders that have no lease, each once,
  /// in the order of their ids. An operation that cannot be read is among the latter.
  List<LeasedOperation> held(String holder);

  /// How many operations wait for a worker, due or not. May be a few seconds old, but is not 0
  /// while an operation is in the queue of this process. Read from memory: does not throw.
  long queued();

  /// How many operations of a tenant wait for a worker. An estimate, as old as that of [#queued]; a
  /// shared store counts the thousand tenants with the longest queues. Read from memory: does not
  /// throw.
  long queued(String tenant);

  /// When the next waiting operation that has a free permit becomes due; empty if there is none. A
  /// hint: only [#claim] decides. A shared store includes operations of other nodes as of its last
  /// query. While an operation is overdue, new operations are queued behind it. Read from memory:
  /// does not throw.
  Optional<Instant> nextDue(Permits permits);

  /// The keys of up to `max` groups of waiting operations of which one is due at `now`. A hint, as
  /// old as that of [#nextDue]. Read from memory: does not throw.
  Set<QueueKey> dueKeys(int max, Instant now);

  /// Advances the observed time, and prunes operations that ended longer ago than the retention in
  /// observed time, with their contents and keys. The cost does not depend on their number. They
  /// may be kept longer, together with operations that were received at about the same time, and
  /// are found until they are pruned. Operations that have not ended are kept.
  void prune(RetentionStep step);

  /// Checks that the store is writable by writing to it.
  ///
  /// @throws StoreException if it cannot
  void probe();
}
