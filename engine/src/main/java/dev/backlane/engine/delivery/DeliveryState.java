package dev.backlane.engine.delivery;

import java.time.Instant;

/// Where a delivery stands. Immutable; [DeliverySchedule] alone decides what follows what.
public sealed interface DeliveryState {
  /// Waits for its next attempt.
  ///
  /// @param attempt counts from 1, and anew when it is redelivered
  record Due(int attempt, Instant dueAt) implements DeliveryState {}

  /// The receiver has said that it has it.
  record Delivered(Instant endedAt) implements DeliveryState {}

  /// No attempt follows, for `reason`.
  record Failed(Instant endedAt, String reason) implements DeliveryState {}
}
