package dev.backlane.gateway.dashboard.webhooks;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryState;
import java.time.Instant;
import java.util.Optional;

/// A delivery as the pages show it.
///
/// @param receiver the URL, or that of the subscription
/// @param subscription its id; empty: the call named the address
/// @param nextAttempt when it is made; empty: the delivery has ended
/// @param testEvent whether an operator sent it as a test
public record DeliveryRow(
    Delivery delivery,
    String receiver,
    Optional<String> subscription,
    Optional<Instant> nextAttempt,
    boolean testEvent) {
  /// `due`, `delivered` or `failed`.
  public String state() {
    return name(delivery.state());
  }

  static String name(DeliveryState state) {
    return switch (state) {
      case DeliveryState.Due _ -> "due";
      case DeliveryState.Delivered _ -> "delivered";
      case DeliveryState.Failed _ -> "failed";
    };
  }

  /// When it ended.
  public Optional<Instant> ended() {
    return switch (delivery.state()) {
      case DeliveryState.Due _ -> Optional.empty();
      case DeliveryState.Delivered(var at) -> Optional.of(at);
      case DeliveryState.Failed(var at, var _) -> Optional.of(at);
    };
  }

  /// Why it failed.
  public Optional<String> reason() {
    return delivery.state() instanceof DeliveryState.Failed(var _, var why)
        ? Optional.of(why)
        : Optional.empty();
  }

  /// The last attempt.
  public Optional<DeliveryAttempt> last() {
    return delivery.attempts().isEmpty()
        ? Optional.empty()
        : Optional.of(delivery.attempts().getLast());
  }
}
