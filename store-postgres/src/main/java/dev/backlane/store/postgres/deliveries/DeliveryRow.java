package dev.backlane.store.postgres.deliveries;

import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.postgres.sql.Parameters;

/// The row of a waiting delivery in the table `delivery_due`.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record DeliveryRow(
    OperationId id, String receiver, String tenant, long version, long dueMicros, byte[] record) {
  /// @throws IllegalStateException if the delivery has ended
  public static DeliveryRow of(Delivery delivery) {
    return of(delivery, DeliveryCodec.bytes(delivery));
  }

  /// @param record the stored form of `delivery`
  /// @throws IllegalStateException if the delivery has ended
  public static DeliveryRow of(Delivery delivery, byte[] record) {
    if (!(delivery.state() instanceof DeliveryState.Due due)) {
      throw new IllegalStateException("delivery " + delivery.id() + " does not wait");
    }
    return new DeliveryRow(
        delivery.id(),
        delivery.receiver(),
        delivery.tenant(),
        delivery.version(),
        Parameters.microsNotBefore(due.dueAt()),
        record);
  }
}
