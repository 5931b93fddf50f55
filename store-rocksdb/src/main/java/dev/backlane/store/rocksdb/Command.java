package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CallerDigests.KeyDigests;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.RecentVersions;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/// A command of a batch: encoded bytes, and the condition under which they are written.
sealed interface Command {
  /// The estimated bytes of a command in addition to its payload.
  int FIXED_BYTES = 200;

  /// Makes commands durable.
  ///
  /// @param versions of the operations that were changed last
  record Commits(Function<Command, Result> function, RecentVersions versions) {
    Result make(Command command) {
      return function.apply(command);
    }

    /// @throws StoreException if the command had no effect
    Result makeOrThrow(Command command) {
      var result = make(command);
      if (result instanceof Result.Unwritten unwritten) {
        throw unwritten.exception();
      }
      return result;
    }
  }

  /// The estimated size of the command in bytes.
  default long bytes() {
    return switch (this) {
      case Accept accept ->
          FIXED_BYTES + accept.call().length + accept.progress().length + accept.content().bytes();
      case Replace replace ->
          FIXED_BYTES
              + replace.change().bytes()
              + replace.content().bytes()
              + replace.delivery().map(DeliveryChange::bytes).orElse(0L);
      case ReplaceAll all -> all.replaces().stream().mapToLong(Command::bytes).sum();
      case ChangeDelivery delivery -> delivery.change().bytes();
      case ChangeRecords records -> records.changes().stream().mapToLong(RecordChange::bytes).sum();
      case Start start -> start.changes().stream().mapToLong(Change::bytes).sum();
      case BeginSweep _, Sweep _, PruneDeliveries _, Probe _ -> FIXED_BYTES;
    };
  }

  /// A record of the column of contents; empty if there is no content.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record ContentRecord(byte[] key, byte[] value) {
    static final ContentRecord NONE = new ContentRecord(new byte[0], new byte[0]);

    boolean isPresent() {
      return key.length > 0;
    }

    long bytes() {
      return value.length;
    }
  }

  /// The use of an idempotency key by a call.
  ///
  /// @param digests of the key
  /// @param fingerprint of the call
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record KeyClaim(Caller caller, KeyDigests digests, byte[] fingerprint) {
    static KeyClaim of(Caller caller, IdempotencyKey key) {
      return new KeyClaim(
          caller, CallerDigests.idempotency(caller, key.key(), key.ownership()), key.fingerprint());
    }
  }

  /// Stores a new operation unless its key is in use.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Accept(
      OperationId id,
      byte[] call,
      byte[] progress,
      List<byte[]> owners,
      ContentRecord content,
      Optional<KeyClaim> key)
      implements Command {}

  /// The change of one operation to its next version.
  ///
  /// @param from the version that must be stored
  /// @param end its [UnsuccessfulEnd]; empty if it has not ended
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Change(OperationId id, long from, byte[] progress, OptionalInt end) {
    /// @param to the next state
    static Change of(OperationId id, long from, byte[] progress, State to) {
      return new Change(
          id,
          from,
          progress,
          to instanceof State.Ended ? OptionalInt.of(UnsuccessfulEnd.of(to)) : OptionalInt.empty());
    }

    boolean ended() {
      return end.isPresent();
    }

    long bytes() {
      return (long) FIXED_BYTES + progress.length;
    }
  }

  /// Changes one operation, and stores its content and the delivery that reports its end.
  record Replace(Change change, ContentRecord content, Optional<DeliveryChange> delivery)
      implements Command {}

  /// Replaces several operations, each independently.
  record ReplaceAll(List<Replace> replaces) implements Command {}

  /// The change of one delivery to its next version.
  ///
  /// @param from the version that must be stored; [Batch#NOT_STORED] if none may be stored
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record DeliveryChange(OperationId id, long from, byte[] delivery, boolean ended) {
    long bytes() {
      return (long) FIXED_BYTES + delivery.length;
    }
  }

  /// Changes one delivery.
  record ChangeDelivery(DeliveryChange change) implements Command {}

  /// The change of one record to its next version.
  ///
  /// @param from the version that must be stored; [Batch#NOT_STORED] if none may be stored
  /// @param record the new record; empty to remove it
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record RecordChange(byte[] key, long from, Optional<byte[]> record) {
    long bytes() {
      return (long) FIXED_BYTES + record.map(bytes -> bytes.length).orElse(0);
    }
  }

  /// Changes several records, all or none.
  record ChangeRecords(List<RecordChange> changes) implements Command {}

  /// Advances the observed time of deliveries, and prunes those that have expired.
  record PruneDeliveries(RetentionStep step) implements Command {}

  /// Starts several operations, each independently.
  ///
  /// @param mark of [RecentVersions], taken before the operations were read
  record Start(List<Change> changes, long mark) implements Command {}

  /// Advances the observed time of operations, and begins a sweep of the buckets that have expired:
  /// until the following [Sweep], accepted operations that are not newer are recorded, so that the
  /// sweep does not prune them.
  record BeginSweep(RetentionStep step) implements Command {}

  /// Prunes the ranges of a plan.
  record Sweep(PrunePlan plan) implements Command {}

  /// Checks that the disk accepts writes.
  record Probe() implements Command {}

  /// The result of a command.
  sealed interface Result {
    /// Of an [Accept].
    record Accepted(Acceptance acceptance) implements Result {}

    /// Of a [Replace], [ReplaceAll], [Start], [ChangeDelivery] or [Keep]: which changes were made.
    record Changed(List<Boolean> made) implements Result {}

    /// Of a [BeginSweep]: the buckets that have expired, the oldest first.
    record Expired(List<ExpiryBuckets.Bucket> buckets) implements Result {}

    /// Of a [Sweep]: the gaps that were pruned.
    record Swept(List<PrunePlan.Gap> gaps) implements Result {}

    /// Of any other command.
    record Done() implements Result {}

    /// Of any command that had no effect.
    sealed interface Unwritten extends Result {
      /// Reports it to the caller.
      StoreException exception();
    }

    /// Of any command while the store cannot write.
    record Refused(String why) implements Unwritten {
      @Override
      public StoreException exception() {
        return new StoreException(why);
      }
    }

    /// Of a command that needs a record that is damaged. Other commands are not affected.
    record Damaged(String why) implements Unwritten {
      @Override
      public StoreException exception() {
        return new StoreException.Damaged(why);
      }
    }
  }
}
