package dev.backlane.gateway.webhook;

import dev.backlane.protocol.NotificationDto;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A receiver that is registered for a client. Immutable.
///
/// @param id identifies it
/// @param tenant the company it serves; empty: all of the client's
/// @param client the OAuth2 client it serves
/// @param url the address to which notifications are sent
/// @param eventTypes the events that it receives
/// @param secrets that sign notifications, the current one first
/// @param standing its delivery state
/// @param configured whether it is set in the configuration file; then only the file changes it
/// @param createdAt when it was registered; empty for a configured one
public record Subscription(
    String id,
    String tenant,
    String client,
    URI url,
    Set<String> eventTypes,
    List<SigningSecret> secrets,
    Standing standing,
    boolean configured,
    Optional<Instant> createdAt) {
  /// The event types of a subscription that names none.
  public static final Set<String> EVENT_TYPES_DEFAULT = Set.of(NotificationDto.EVENT_TYPE);

  public Subscription {
    eventTypes = Set.copyOf(eventTypes);
    secrets = List.copyOf(secrets);
  }

  /// The delivery state of a subscription.
  ///
  /// @param failingSince since when no attempt has succeeded; empty: the last one did, or there was
  ///     none
  /// @param disabled why it receives no notifications; empty: it is enabled
  public record Standing(Optional<Instant> failingSince, Optional<Disabled> disabled) {
    /// Enabled, without a failure.
    public static final Standing GOOD = new Standing(Optional.empty(), Optional.empty());
  }

  /// Why and when a subscription was disabled.
  public record Disabled(Instant since, String reason) {}

  /// Whether it is enabled.
  public boolean enabled() {
    return standing.disabled().isEmpty();
  }

  Subscription with(Standing next) {
    return new Subscription(
        id, tenant, client, url, eventTypes, secrets, next, configured, createdAt);
  }

  Subscription with(List<SigningSecret> next) {
    return new Subscription(
        id, tenant, client, url, eventTypes, next, standing, configured, createdAt);
  }

  Subscription with(URI nextUrl, Set<String> nextTypes) {
    return new Subscription(
        id, tenant, client, nextUrl, nextTypes, secrets, standing, configured, createdAt);
  }
}
