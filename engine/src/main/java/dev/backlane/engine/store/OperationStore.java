package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps operations and their contents. It compares and sets, and decides nothing: every state it is given was decided by
/// [dev.backlane.engine.operation.Lifecycle].
///
/// Thread-safe; every method may block and is meant for virtual threads. A method that writes returns when what it wrote has
/// reached the disk (commit and fsync). When one throws [StoreException] the write may or may not have happened, and callers
/// must not report success.
public interface OperationStore extends AutoCloseable {

  /// Begins a content that is too large to be held in memory.
  ///
  /// @param tenant whose operation it is part of
  Spool spool(OperationId id, String tenant, Part part);

  /// Stores a new operation, its request content and its idempotency key in one commit. The operation is [Queued] or, where a
  /// worker was free, [Running] already.
  ///
  /// [Queued]: dev.backlane.engine.operation.State.Queued
  /// [Running]: dev.backlane.engine.operation.State.Running
  ///
  /// @return [Acceptance.Stored] if it was stored; otherwise nothing was
  Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key);

  /// Takes up to `max` operations that are due at `now` and moves them to running under `lease` in one commit. Tenants take
  /// turns; within a tenant the longest due comes first. Two calls never return the same operation for the same turn. Empty
  /// where nothing is due that has room.
  ///
  /// @param permits holds a place for each operation that is returned, and for none else, also when this throws
  List<Operation> claim(int max, Permits permits, Lease lease, Instant now);

  /// Replaces `from` by `to` if `from` is still the stored version, and stores the response content and the delivery that
  /// tells of it in the same commit.
  ///
  /// @param to the next version of `from`
  /// @return false if another change came first: nothing was written
  boolean replace(Operation from, Operation to, Content response, Optional<Delivery> delivery);

  /// The operation as last committed; empty if it never was or has been forgotten.
  Optional<Operation> find(OperationId id);

  /// A stored content; empty if there is none.
  ///
  /// @param operation as it was found; its response's content is there once it has ended
  Optional<StoredContent> content(Operation operation, Part part);

  /// One page of a caller's operations, newest first.
  Page list(Listing listing);

  /// Keeps all leases of a holder alive for `lifetime` from now on.
  ///
  /// @return the holders whose leases are alive, this one among them; what others are running under is over
  Set<String> renew(String holder, Duration lifetime, Instant now);

  /// Ends all leases of a holder now: what it still has running may be taken over at once. Nothing happens if it has none. It
  /// may [#renew] again.
  void leave(String holder);

  /// What is running under leases of `holder`, and what is running under leases of holders that are not alive, each once. Who
  /// is alive may be judged as of the last [#renew] of any holder, and a store that cannot tell it cheaply gives what is
  /// running under the leases of the living too: callers judge by the answer of a [#renew] that they make afterwards.
  List<LeasedOperation> held(String holder);

  /// How many operations wait for a worker, due or not; may lag a moment behind, but is not 0 while this process knows of one.
  /// Answered from memory: does not throw.
  long queued();

  /// When the next waiting operation that has room becomes due; empty if there is none. A hint: [#claim] tells the truth. A
  /// store that others write to as well answers with the time at which it asks again what they left, unless it knows of
  /// something earlier; what has been due since before now lets new operations wait for their turn. Answered from memory:
  /// does not throw.
  Optional<Instant> nextDue(Permits permits);

  /// Forgets all that was received before `cutoff` and has ended, contents and keys included. Costs the same whether that is
  /// one operation or a million. What has not ended stays.
  void prune(Instant cutoff);

  /// Throws [StoreException] if the store cannot write at present.
  void probe();

  /// Waits for the writes under way and lets the storage go. Idempotent.
  @Override
  void close();
}
