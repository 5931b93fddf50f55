package dev.backlane.engine.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Decides what follows a delivery attempt. Pure: no clock, store or log.
///
/// @param delays before the second attempt, the third, and so on; there is one more attempt than
///     delays
/// @param retryAfterMax the longest wait that a receiver's `Retry-After` can cause
public record DeliverySchedule(List<Duration> delays, Duration retryAfterMax) {
  /// The delays of the contract (CONTRACT 2.4, taken from Standard Webhooks).
  public static final List<Duration> DELAYS_DEFAULT =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(10));

  /// A delay is extended by up to this share, so that deliveries that failed together are spread.
  private static final double JITTER_SHARE = 0.2;

  public DeliverySchedule {
    delays = List.copyOf(delays);
  }

  /// The delivery after an attempt.
  ///
  /// @param jitter from 0 to 1, spreads the delays
  public Delivery after(
      Delivery delivery,
      DeliveryVerdict verdict,
      DeliveryAttempt attempt,
      Instant now,
      double jitter) {
    return delivery.to(next(delivery, verdict, now, jitter), attempt);
  }

  private DeliveryState next(
      Delivery delivery, DeliveryVerdict verdict, Instant now, double jitter) {
    return switch (verdict) {
      case DeliveryVerdict.Responded response when response.success() ->
          new DeliveryState.Delivered(now);
      case DeliveryVerdict.Responded response when response.gone() ->
          new DeliveryState.Failed(
              now, "the receiver responded 410 Gone: it accepts no more deliveries");
      case DeliveryVerdict.Responded response ->
          again(delivery, response.retryAfter().orElse(Duration.ZERO), now, jitter);
      case DeliveryVerdict.NoResponse _ -> again(delivery, Duration.ZERO, now, jitter);
      case DeliveryVerdict.NoReceiver(var cause) -> new DeliveryState.Failed(now, cause);
    };
  }

  private DeliveryState again(Delivery delivery, Duration retryAfter, Instant now, double jitter) {
    int attempt = delivery.state() instanceof DeliveryState.Due due ? due.attempt() : 1;
    if (attempt > delays.size()) {
      return new DeliveryState.Failed(
          now, "the receiver did not accept it in " + attempt + " attempts");
    }
    var delay = delays.get(attempt - 1);
    var spread = delay.plusMillis((long) (delay.toMillis() * JITTER_SHARE * jitter));
    var requested = retryAfter.compareTo(retryAfterMax) > 0 ? retryAfterMax : retryAfter;
    return new DeliveryState.Due(
        attempt + 1, now.plus(spread.compareTo(requested) < 0 ? requested : spread));
  }

  /// The delivery with its schedule restarted, as requested by an operator.
  ///
  /// @param dueAt of its first attempt
  public static Delivery redelivered(Delivery delivery, Instant dueAt) {
    return delivery.to(new DeliveryState.Due(1, dueAt));
  }
}
