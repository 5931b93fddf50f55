package dev.backlane.engine.codec;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.StoredContent;
import java.util.Optional;

/// An operation in its stored form ([OperationCodec]), not decoded.
///
/// @param call the part that never changes
/// @param progress the part that changes; empty if it is missing because the store is damaged
/// @param request its content as stored, which may be sealed
/// @param response its content as stored, which may be sealed
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record StoredOperation(
    OperationId id,
    byte[] call,
    byte[] progress,
    Optional<StoredContent> request,
    Optional<StoredContent> response) {
  /// The maximum length of a content that is held in memory: twice the limit for clear content,
  /// since sealed content is longer.
  private static final int HELD_BYTES_MAX = 2 * StagedContent.INLINE_BYTES_MAX;

  /// Decodes the operation.
  ///
  /// @throws CorruptRecordException if a record is damaged
  public Operation operation() throws CorruptRecordException {
    if (progress.length == 0) {
      throw new CorruptRecordException("it has no state");
    }
    return OperationCodec.operation(id, call, OperationCodec.progress(progress));
  }

  /// The approximate number of its bytes in memory: larger contents are read when they are opened.
  public long heldBytes() {
    return (long) call.length + progress.length + held(request) + held(response);
  }

  private static long held(Optional<StoredContent> content) {
    return content.map(StoredContent::length).filter(length -> length <= HELD_BYTES_MAX).orElse(0L);
  }
}
