package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.store.RecordStore;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.webhook.WebhookSecret;
import java.net.URI;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The stored form of subscriptions: JSON with sealed secrets. Thread-safe.
final class SubscriptionRecords {
  static final String KIND = "subscription";
  static final String STANDING_KIND = "subscription-standing";

  /// Which owners have a subscription, so that two nodes cannot register one for the same owner. It
  /// is kept after the subscription is deleted, so that its version continues.
  static final String OWNER_KIND = "subscription-owner";

  private final Seal seal;

  /// @param seal encrypts secrets
  SubscriptionRecords(Seal seal) {
    this.seal = seal;
  }

  private record StoredSecret(String sealed, @Nullable Instant expiresUtc) {}

  private record StoredSubscription(
      String tenant,
      String client,
      String url,
      List<String> eventTypes,
      List<StoredSecret> secrets,
      Instant createdUtc) {}

  private record StoredStanding(
      @Nullable Instant failingSinceUtc,
      @Nullable Instant disabledUtc,
      @Nullable String disabledReason) {}

  byte[] bytes(Subscription subscription, Instant createdAt) {
    var secrets =
        subscription.secrets().stream()
            .map(secret ->
                new StoredSecret(
                    Base64.getEncoder()
                        .encodeToString(
                            seal.seal(
                                secret.secret().value().getBytes(UTF_8),
                                subscription.tenant(),
                                subscription.id().getBytes(UTF_8))),
                    secret.expiresAt().orElse(null)))
            .toList();
    return Json.bytes(
        new StoredSubscription(
            subscription.tenant(),
            subscription.client(),
            subscription.url().toString(),
            List.copyOf(new TreeSet<>(subscription.eventTypes())),
            secrets,
            createdAt));
  }

  /// The subscription in a record, with an initial delivery state: that state is stored separately.
  Subscription subscription(RecordStore.Entry entry) {
    var stored = Json.read(entry.value(), StoredSubscription.class);
    var secrets =
        stored.secrets().stream()
            .map(secret ->
                new SigningSecret(
                    new WebhookSecret(
                        new String(
                            seal.open(
                                Base64.getDecoder().decode(secret.sealed()),
                                entry.name().getBytes(UTF_8)),
                            UTF_8)),
                    Optional.ofNullable(secret.expiresUtc())))
            .toList();
    return new Subscription(
        entry.name(),
        stored.tenant(),
        stored.client(),
        URI.create(stored.url()),
        Set.copyOf(stored.eventTypes()),
        secrets,
        Subscription.Standing.GOOD,
        false,
        Optional.of(stored.createdUtc()));
  }

  /// The name of an owner's record.
  static String owner(String tenant, String client) {
    var owner = tenant.length() + "\n" + tenant + "\n" + client;
    return UUID.nameUUIDFromBytes(owner.getBytes(UTF_8)).toString();
  }

  /// The owner's record to store together with a new subscription.
  ///
  /// @param claim the previous one, of a subscription that was deleted
  static RecordStore.Entry claimed(Optional<RecordStore.Entry> claim, Subscription made) {
    byte[] id = made.id().getBytes(UTF_8);
    return claim
        .map(before -> before.to(id))
        .orElseGet(
            () -> new RecordStore.Entry(OWNER_KIND, owner(made.tenant(), made.client()), 0, id));
  }

  static byte[] bytes(Subscription.Standing standing) {
    return Json.bytes(
        new StoredStanding(
            standing.failingSince().orElse(null),
            standing.disabled().map(Subscription.Disabled::since).orElse(null),
            standing.disabled().map(Subscription.Disabled::reason).orElse(null)));
  }

  static Subscription.Standing standing(RecordStore.Entry entry) {
    var stored = Json.read(entry.value(), StoredStanding.class);
    var since = stored.disabledUtc();
    var reason = stored.disabledReason();
    return new Subscription.Standing(
        Optional.ofNullable(stored.failingSinceUtc()),
        since == null
            ? Optional.empty()
            : Optional.of(new Subscription.Disabled(since, reason == null ? "" : reason)));
  }
}
