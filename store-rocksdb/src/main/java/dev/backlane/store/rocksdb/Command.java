package dev.backlane.store.rocksdb;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a batch is made of: bytes that the callers have prepared, and what must hold for them to be written.
sealed interface Command {
  /// A number of bytes that a command costs besides its payload, about.
  int FIXED_BYTES = 200;

  /// What the command adds to its batch, about.
  default long bytes() {
    return switch (this) {
      case Accept accept ->
          FIXED_BYTES + accept.call().length + accept.progress().length + accept.content().bytes();
      case Replace replace ->
          FIXED_BYTES
              + replace.change().bytes()
              + replace.content().bytes()
              + replace.delivery().map(DeliveryChange::bytes).orElse(0L);
      case Deliver deliver -> deliver.change().bytes();
      case Keep keep -> keep.changes().stream().mapToLong(RecordChange::bytes).sum();
      case Start start -> start.changes().stream().mapToLong(Change::bytes).sum();
      case BeginSweep _, Sweep _, ForgetDeliveries _, Probe _ -> FIXED_BYTES;
    };
  }

  /// A record of the column of contents; none where there is no content.
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

  /// The claim to an idempotency key.
  ///
  /// @param digest names the key
  /// @param fingerprint of the call
  /// @param validSince an operation received before this has given its key back
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record KeyClaim(byte[] digest, byte[] fingerprint, Instant validSince) {}

  /// Stores a new operation unless its key is taken.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Accept(
      OperationId id,
      byte[] call,
      byte[] progress,
      List<byte[]> owners,
      ContentRecord content,
      Optional<KeyClaim> key)
      implements Command {}

  /// The step of one operation from one version to the next.
  ///
  /// @param from the version that must be stored
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Change(OperationId id, long from, byte[] progress, boolean ended) {
    long bytes() {
      return (long) FIXED_BYTES + progress.length;
    }
  }

  /// Changes one operation and stores a content, and the delivery that tells of it, with it.
  record Replace(Change change, ContentRecord content, Optional<DeliveryChange> delivery)
      implements Command {}

  /// The step of one delivery from one version to the next.
  ///
  /// @param from the version that must be stored; [Batch#NOT_THERE]: none
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record DeliveryChange(OperationId id, long from, byte[] delivery, boolean ended) {
    long bytes() {
      return (long) FIXED_BYTES + delivery.length;
    }
  }

  /// Changes one delivery.
  record Deliver(DeliveryChange change) implements Command {}

  /// The step of one record from one version to the next.
  ///
  /// @param from the version that must be stored; [Batch#NOT_THERE]: none
  /// @param record empty: it goes
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record RecordChange(byte[] key, long from, Optional<byte[]> record) {
    long bytes() {
      return (long) FIXED_BYTES + record.map(bytes -> bytes.length).orElse(0);
    }
  }

  /// Changes records, all or none.
  record Keep(List<RecordChange> changes) implements Command {}

  /// Forgets the deliveries that ended, of ids before `cutoff`.
  record ForgetDeliveries(OperationId cutoff) implements Command {}

  /// Changes several, each for itself.
  record Start(List<Change> changes) implements Command {}

  /// Watches, from here to the [Sweep], for operations that are accepted although they are older than `cutoff`.
  record BeginSweep(OperationId cutoff) implements Command {}

  /// Forgets what was found by the plan.
  record Sweep(PrunePlan plan) implements Command {}

  /// Shows that the disk takes a write.
  record Probe() implements Command {}

  /// What came of a command.
  sealed interface Result {
    /// Of an [Accept].
    record Accepted(Acceptance acceptance) implements Result {}

    /// Of a [Replace], [Start], [Deliver] or [Keep]: which changes were made.
    record Changed(List<Boolean> made) implements Result {}

    /// Of a [Sweep]: the gaps that were forgotten.
    record Swept(List<PrunePlan.Gap> gaps) implements Result {}

    /// Of any other.
    record Done() implements Result {}

    /// Of any command while the store cannot write: certainly nothing of it happened.
    record Refused(String why) implements Result {}
  }
}
