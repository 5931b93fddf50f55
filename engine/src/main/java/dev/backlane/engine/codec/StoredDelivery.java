package dev.backlane.engine.codec;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;

/// A delivery as it lies in a store: in the form of [DeliveryCodec], not looked into yet.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record StoredDelivery(OperationId id, byte[] record) {
  /// @throws CorruptRecordException if it is damaged
  public Delivery delivery() throws CorruptRecordException {
    return DeliveryCodec.delivery(id, record);
  }
}
