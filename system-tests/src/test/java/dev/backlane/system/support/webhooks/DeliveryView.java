package dev.backlane.system.support.webhooks;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A delivery as `/admin/v1/deliveries` tells it.
///
/// @param subscription null: it goes to `url`
/// @param state `due`, `delivered` or `failed`
/// @param nextAttempt null once no attempt follows
/// @param reason why it failed
public record DeliveryView(
    String id,
    String tenant,
    String client,
    @Nullable String subscription,
    @Nullable String url,
    String eventType,
    String state,
    @Nullable Integer nextAttempt,
    @Nullable Instant nextAttemptUtc,
    @Nullable Instant endedUtc,
    @Nullable String reason,
    List<Attempt> attempts,
    String body) {
  /// What one attempt came to.
  ///
  /// @param statusCode 0: no answer came
  public record Attempt(Instant startedUtc, long tookMillis, int statusCode, String detail) {}

  public List<Integer> statusCodes() {
    return attempts.stream().map(Attempt::statusCode).toList();
  }
}
