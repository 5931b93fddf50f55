package dev.backlane.engine.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Decides what follows an attempt to deliver. Pure: no clock, store or log.
///
/// @param delays before the second attempt, the third, and so on; the attempt after the last is the last
/// @param retryAfterMax the most that a receiver's `Retry-After` can ask for
public record DeliverySchedule(List<Duration> delays, Duration retryAfterMax) {
  /// As the contract has it (CONTRACT 2.4, which takes it from Standard Webhooks).
  public static final List<Duration> DELAYS_DEFAULT =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(10));

  /// A delay is lengthened by up to this share of it, so that what failed together does not come again together.
  private static final double JITTER_SHARE = 0.2;

  public DeliverySchedule {
    delays = List.copyOf(delays);
  }

  /// The delivery after an attempt.
  ///
  /// @param chance from 0 to 1, spreads the delays
  public Delivery after(
      Delivery tried,
      DeliveryVerdict verdict,
      DeliveryAttempt attempt,
      Instant now,
      double chance) {
    return tried.to(next(tried, verdict, now, chance), attempt);
  }

  private DeliveryState next(Delivery tried, DeliveryVerdict verdict, Instant now, double chance) {
    return switch (verdict) {
      case DeliveryVerdict.Responded answer when answer.success() ->
          new DeliveryState.Delivered(now);
      case DeliveryVerdict.Responded answer when answer.gone() ->
          new DeliveryState.Failed(now, "the receiver answered 410 Gone: it wants no more");
      case DeliveryVerdict.Responded answer ->
          again(tried, answer.retryAfter().orElse(Duration.ZERO), now, chance);
      case DeliveryVerdict.NoResponse _ -> again(tried, Duration.ZERO, now, chance);
      case DeliveryVerdict.NoReceiver(var cause) -> new DeliveryState.Failed(now, cause);
    };
  }

  private DeliveryState again(Delivery tried, Duration atLeast, Instant now, double chance) {
    int attempt = tried.state() instanceof DeliveryState.Due due ? due.attempt() : 1;
    if (attempt > delays.size()) {
      return new DeliveryState.Failed(
          now, "the receiver did not take it in " + attempt + " attempts");
    }
    var delay = delays.get(attempt - 1);
    var spread = delay.plusMillis((long) (delay.toMillis() * JITTER_SHARE * chance));
    var asked = atLeast.compareTo(retryAfterMax) > 0 ? retryAfterMax : atLeast;
    return new DeliveryState.Due(
        attempt + 1, now.plus(spread.compareTo(asked) < 0 ? asked : spread));
  }

  /// The delivery that begins anew, because somebody asked for it.
  public static Delivery redelivered(Delivery delivery, Instant now) {
    return delivery.to(new DeliveryState.Due(1, now));
  }
}
