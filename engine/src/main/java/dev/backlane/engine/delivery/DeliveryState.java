package dev.backlane.engine.delivery;

import java.time.Instant;

/// The state of a delivery. Immutable; only [DeliverySchedule] decides transitions.
public sealed interface DeliveryState {
  /// Waits for its next attempt.
  ///
  /// @param attempt counts from 1, and from 1 again after a redelivery
  record Due(int attempt, Instant dueAt) implements DeliveryState {}

  /// The receiver has confirmed the delivery.
  record Delivered(Instant endedAt) implements DeliveryState {}

  /// No further attempt is made; `reason` says why.
  record Failed(Instant endedAt, String reason) implements DeliveryState {}
}
