package dev.backlane.engine.codec;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;

/// A delivery in its stored form ([DeliveryCodec]), not decoded.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record StoredDelivery(OperationId id, byte[] record) {
  /// Decodes the delivery.
  ///
  /// @throws CorruptRecordException if the record is damaged
  public Delivery delivery() throws CorruptRecordException {
    return DeliveryCodec.delivery(id, record);
  }
}
