package dev.backlane.gateway.webhook;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.protocol.webhook.WebhookSecret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The registered receivers: those of the configuration file, and those that operators have
/// registered, which are stored. At most one per tenant and client; a configured one has
/// precedence. If nodes share the store, a change by another node takes effect here at the next
/// [#refresh()]. Where a stale state would cause a permanent error, the store is read. Thread-safe.
public final class Subscriptions {
  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  /// How often a change is retried when other nodes change the same record.
  private static final int TRIES_MAX = 5;

  private final RecordStore records;
  private final SubscriptionRecords form;
  private volatile List<Subscription> configured;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Object changing = new Object();
  private Map<String, Decoded> decoded = Map.of();
  private final Set<String> unreadable = new HashSet<>();
  private volatile SubscriptionSnapshot register;

  /// A stored subscription, and the record it was read from.
  @SuppressWarnings("ArrayRecordComponent") // Never compared as a record.
  private record Decoded(byte[] value, Subscription subscription) {}

  /// @param seal encrypts secrets
  /// @param configured those of the configuration file, with the delivery state of new ones
  /// @param random creates secrets; cryptographically strong
  public Subscriptions(
      RecordStore records,
      Seal seal,
      List<Subscription> configured,
      InstantSource clock,
      RandomGenerator random) {
    this.records = records;
    this.form = new SubscriptionRecords(seal);
    this.configured = List.copyOf(configured);
    this.clock = clock;
    this.random = random;
    this.register = read(this.configured);
  }

  // Lists both kinds of records. Unchanged ones are not decrypted again.
  private SubscriptionSnapshot read(List<Subscription> ofTheFile) {
    var standings = new HashMap<String, Subscription.Standing>();
    for (var entry : records.list(SubscriptionRecords.STANDING_KIND)) {
      readable(entry, SubscriptionRecords::standing)
          .ifPresent(standing -> standings.put(entry.name(), standing));
    }
    var next = new HashMap<String, Decoded>();
    var all = new ArrayList<>(ofTheFile);
    for (var entry : records.list(SubscriptionRecords.KIND)) {
      var known = decoded.get(entry.name());
      var each =
          known != null && Arrays.equals(known.value(), entry.value())
              ? Optional.of(known)
              : readable(entry, form::subscription)
                  .map(subscription -> new Decoded(entry.value(), subscription));
      each.ifPresent(subscription -> {
        next.put(entry.name(), subscription);
        all.add(subscription.subscription());
      });
    }
    decoded = next;
    return SubscriptionSnapshot.of(
        all.stream()
            .map(each -> each.with(standings.getOrDefault(each.id(), Subscription.Standing.GOOD)))
            .toList());
  }

  // A record that is damaged or cannot be opened must not keep the others from being served.
  private <T> Optional<T> readable(
      RecordStore.Entry entry, Function<RecordStore.Entry, T> decoding) {
    try {
      var value = decoding.apply(entry);
      unreadable.remove(entry.name());
      return Optional.of(value);
    } catch (StoreException unavailable) {
      throw unavailable;
    } catch (RuntimeException damaged) {
      if (unreadable.add(entry.name())) {
        LOG.error(
            "The stored record of subscription {} cannot be read and is ignored; delete the"
                + " subscription and register it again",
            entry.name(),
            damaged);
      }
      return Optional.empty();
    }
  }

  /// Reads the changes of other nodes.
  ///
  /// @throws StoreException if they cannot be read; the present state stays in force
  public void refresh() {
    synchronized (changing) {
      register = read(configured);
    }
  }

  /// Replaces the subscriptions of the configuration file.
  ///
  /// @throws StoreException if their delivery states cannot be read; nothing is changed
  public void configure(List<Subscription> next) {
    synchronized (changing) {
      register = read(next);
      configured = List.copyOf(next);
    }
  }

  /// The subscription that serves a caller, if it is enabled: that of its tenant, else that of its
  /// client in all tenants.
  public Optional<Subscription> of(String tenant, String client) {
    var present = register;
    return present
        .of(tenant, client)
        .or(() -> present.of("", client))
        .filter(Subscription::enabled);
  }

  /// As [#of(String, String)].
  Optional<Subscription> of(Caller caller) {
    return of(caller.tenant(), caller.client());
  }

  /// The subscription with an id, enabled or not.
  public Optional<Subscription> find(String id) {
    return register.find(id);
  }

  /// The subscription with an id as stored at this moment. Used before a delivery fails for lack of
  /// a receiver: another node may just have registered or enabled it.
  ///
  /// @throws StoreException if the store is unavailable
  Optional<Subscription> stored(String id) {
    return configured.stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .or(() -> records.find(SubscriptionRecords.KIND, id).map(form::subscription))
        .map(each ->
            each.with(
                records
                    .find(SubscriptionRecords.STANDING_KIND, id)
                    .map(SubscriptionRecords::standing)
                    .orElse(Subscription.Standing.GOOD)));
  }

  /// All subscriptions, sorted by client and tenant.
  public List<Subscription> all() {
    return register.all();
  }

  /// Registers a receiver, with a new secret. It is durable on return.
  ///
  /// @return empty if the client has one in this tenant
  /// @throws StoreException if it may not have been stored
  public Optional<Subscription> register(
      String tenant, String client, URI url, Set<String> eventTypes) {
    synchronized (changing) {
      // Read before the registration is checked: if another node registers for the same owner in
      // between, it changes this claim, and the write below fails.
      var claim =
          records.find(SubscriptionRecords.OWNER_KIND, SubscriptionRecords.owner(tenant, client));
      refresh();
      if (register.of(tenant, client).isPresent()) {
        return Optional.empty();
      }
      var now = clock.instant();
      var registered =
          new Subscription(
              "sub_" + UUID.randomUUID(),
              tenant,
              client,
              url,
              eventTypes,
              List.of(new SigningSecret(WebhookSecret.generate(random), Optional.empty())),
              Subscription.Standing.GOOD,
              false,
              Optional.of(now));
      boolean stored =
          records.put(
              List.of(
                  new RecordStore.Entry(
                      SubscriptionRecords.KIND, registered.id(), 0, form.bytes(registered, now)),
                  SubscriptionRecords.claimed(claim, registered)));
      refresh();
      return stored ? Optional.of(registered) : Optional.empty();
    }
  }

  /// Changes the URL of a subscription, also for deliveries that are due already.
  ///
  /// @return empty if there is none, or it is configured in the file
  public Optional<Subscription> change(String id, URI url, Set<String> eventTypes) {
    return change(id, each -> each.with(url, eventTypes));
  }

  /// Replaces the secret of a subscription by a new one. For `overlap`, notifications are also
  /// signed with the previous secrets.
  ///
  /// @return empty if there is none, or it is configured in the file
  public Optional<Subscription> rotate(String id, Duration overlap) {
    return change(
        id,
        each -> {
          var now = clock.instant();
          var ends = now.plus(overlap);
          var secrets = new ArrayList<SigningSecret>();
          secrets.add(new SigningSecret(WebhookSecret.generate(random), Optional.empty()));
          for (var old : each.secrets()) {
            var expires = old.expiresAt().filter(ends::isAfter).orElse(ends);
            if (expires.isAfter(now)) {
              secrets.add(new SigningSecret(old.secret(), Optional.of(expires)));
            }
          }
          return each.with(secrets);
        });
  }

  private Optional<Subscription> change(String id, UnaryOperator<Subscription> change) {
    synchronized (changing) {
      for (int tries = 0; tries < TRIES_MAX; tries++) {
        var entry = records.find(SubscriptionRecords.KIND, id);
        if (entry.isEmpty()) {
          return Optional.empty();
        }
        var stored = form.subscription(entry.get());
        byte[] next = form.bytes(change.apply(stored), stored.createdAt().orElseThrow());
        if (records.put(List.of(entry.get().to(next)))) {
          refresh();
          return find(id);
        }
      }
    }
    throw changedTooOften();
  }

  /// Removes a subscription; deliveries that are due to it fail.
  ///
  /// @return false if there is none, or it is configured in the file
  public boolean remove(String id) {
    synchronized (changing) {
      for (int tries = 0; tries < TRIES_MAX; tries++) {
        var entry = records.find(SubscriptionRecords.KIND, id);
        if (entry.isEmpty()) {
          return false;
        }
        if (records.remove(entry.get())) {
          records.find(SubscriptionRecords.STANDING_KIND, id).ifPresent(records::remove);
          refresh();
          return true;
        }
      }
    }
    throw changedTooOften();
  }

  private static StoreException changedTooOften() {
    return new StoreException("other nodes changed the subscription at the same time; try again");
  }

  /// Enables a subscription again.
  public Optional<Subscription> enable(String id) {
    return stand(id, _ -> Subscription.Standing.GOOD);
  }

  /// Disables a subscription: it receives no notifications until it is enabled.
  public Optional<Subscription> disable(String id, String reason) {
    return stand(id, before -> disabled(before, reason));
  }

  private Subscription.Standing disabled(Subscription.Standing before, String reason) {
    return before.disabled().isPresent()
        ? before
        : new Subscription.Standing(
            before.failingSince(), Optional.of(new Subscription.Disabled(clock.instant(), reason)));
  }

  /// Records that a delivery succeeded.
  void succeeded(String id) {
    if (find(id).filter(each -> each.standing().failingSince().isPresent()).isPresent()) {
      var _ = stand(id, before -> new Subscription.Standing(Optional.empty(), before.disabled()));
    }
  }

  /// Records that a delivery failed.
  ///
  /// @param disableAfter how long it may fail before it is disabled; zero: without limit
  void failed(String id, Duration disableAfter) {
    var since = find(id).flatMap(each -> each.standing().failingSince());
    if (since.isEmpty() || isOver(since.get(), disableAfter)) {
      var _ = stand(id, before -> failedAgain(before, disableAfter));
    }
  }

  // The stored state decides, because another node may have delivered since.
  private Subscription.Standing failedAgain(Subscription.Standing before, Duration disableAfter) {
    if (before.failingSince().isEmpty()) {
      return new Subscription.Standing(Optional.of(clock.instant()), before.disabled());
    }
    var since = before.failingSince().get();
    return isOver(since, disableAfter)
        ? disabled(before, "no delivery has succeeded since " + since)
        : before;
  }

  private boolean isOver(Instant since, Duration disableAfter) {
    return !disableAfter.isZero() && since.plus(disableAfter).isBefore(clock.instant());
  }

  private Optional<Subscription> stand(String id, UnaryOperator<Subscription.Standing> change) {
    synchronized (changing) {
      var known = find(id);
      if (known.isEmpty()) {
        return Optional.empty();
      }
      for (int tries = 0; tries < TRIES_MAX; tries++) {
        var entry = records.find(SubscriptionRecords.STANDING_KIND, id);
        var before = entry.map(SubscriptionRecords::standing).orElse(Subscription.Standing.GOOD);
        var next = change.apply(before);
        if (next.equals(before) || records.put(List.of(standing(id, entry, next)))) {
          register = register.with(known.get().with(next));
          return find(id);
        }
      }
    }
    throw changedTooOften();
  }

  private static RecordStore.Entry standing(
      String id, Optional<RecordStore.Entry> before, Subscription.Standing next) {
    byte[] value = SubscriptionRecords.bytes(next);
    return before
        .map(entry -> entry.to(value))
        .orElseGet(() -> new RecordStore.Entry(SubscriptionRecords.STANDING_KIND, id, 0, value));
  }
}
