package dev.backlane.system.support.webhooks;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A delivery as returned by `/admin/v1/deliveries`.
///
/// @param subscription null if it goes to `url`
/// @param state `due`, `delivered` or `failed`
/// @param nextAttempt null if no attempt follows
/// @param reason of the failure
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
  /// The outcome of one attempt.
  ///
  /// @param statusCode 0 without a response
  public record Attempt(Instant startedUtc, long tookMillis, int statusCode, String detail) {}

  public List<Integer> statusCodes() {
    return attempts.stream().map(Attempt::statusCode).toList();
  }
}
