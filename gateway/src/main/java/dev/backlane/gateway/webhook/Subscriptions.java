package dev.backlane.gateway.webhook;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.protocol.WebhookSecret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// The registered receivers: those of the configuration file, and those that the operator has registered since, which lie in the
/// store. At most one per tenant and client, the configured one first. Thread-safe.
public final class Subscriptions {
  private record Owner(String tenant, String client) {}

  /// All that is known, by id and by owner.
  private record Register(Map<String, Subscription> byId, Map<Owner, Subscription> byOwner) {
    static Register of(List<Subscription> all) {
      var byId = new HashMap<String, Subscription>();
      var byOwner = new HashMap<Owner, Subscription>();
      for (var each : all) {
        byId.put(each.id(), each);
        byOwner.putIfAbsent(new Owner(each.tenant(), each.client()), each);
      }
      return new Register(byId, byOwner);
    }

    /// With one of them changed, whose owner stays.
    Register with(Subscription changed) {
      var nextById = new HashMap<>(byId);
      nextById.put(changed.id(), changed);
      var nextByOwner = new HashMap<>(byOwner);
      nextByOwner.computeIfPresent(
          new Owner(changed.tenant(), changed.client()),
          (_, present) -> present.id().equals(changed.id()) ? changed : present);
      return new Register(nextById, nextByOwner);
    }
  }

  private final RecordStore records;
  private final SubscriptionRecords form;
  private final List<Subscription> configured;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Object changing = new Object();
  private volatile Register register;

  /// @param seal closes secrets
  /// @param configured those of the configuration file, with the standing of new ones
  /// @param random makes secrets, and is hard to guess
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
    this.register = read();
  }

  private Register read() {
    var standings = new HashMap<String, Subscription.Standing>();
    for (var entry : records.list(SubscriptionRecords.STANDING_KIND)) {
      standings.put(entry.name(), SubscriptionRecords.standing(entry));
    }
    UnaryOperator<Subscription> asItStands =
        each -> each.with(standings.getOrDefault(each.id(), Subscription.Standing.GOOD));
    var all = new ArrayList<>(configured.stream().map(asItStands).toList());
    for (var entry : records.list(SubscriptionRecords.KIND)) {
      all.add(
          form.subscription(
              entry, standings.getOrDefault(entry.name(), Subscription.Standing.GOOD)));
    }
    return Register.of(all);
  }

  /// Reads again what other nodes may have changed.
  public void refresh() {
    synchronized (changing) {
      register = read();
    }
  }

  /// The subscription that serves a caller, if it takes part: that of its tenant, else that of its client in all tenants.
  public Optional<Subscription> of(String tenant, String client) {
    var byOwner = register.byOwner();
    return Optional.ofNullable(byOwner.get(new Owner(tenant, client)))
        .or(() -> Optional.ofNullable(byOwner.get(new Owner("", client))))
        .filter(Subscription::enabled);
  }

  /// As [#of(String, String)].
  Optional<Subscription> of(Caller caller) {
    return of(caller.tenant(), caller.client());
  }

  /// The subscription of an id, whether it takes part or not.
  public Optional<Subscription> find(String id) {
    return Optional.ofNullable(register.byId().get(id));
  }

  /// All of them, by client and tenant.
  public List<Subscription> all() {
    return register.byId().values().stream()
        .sorted(
            Comparator.comparing(Subscription::client)
                .thenComparing(Subscription::tenant)
                .thenComparing(Subscription::id))
        .toList();
  }

  /// Registers a receiver, with a new secret. It is durable on return.
  ///
  /// @return empty if the client has one in this tenant
  /// @throws StoreException if it may not be stored
  public Optional<Subscription> register(
      String tenant, String client, URI url, Set<String> eventTypes) {
    synchronized (changing) {
      if (register.byOwner().containsKey(new Owner(tenant, client))) {
        return Optional.empty();
      }
      var now = clock.instant();
      var made =
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
      put(new RecordStore.Entry(SubscriptionRecords.KIND, made.id(), 0, form.bytes(made, now)));
      register = read();
      return Optional.of(made);
    }
  }

  /// Points a subscription elsewhere, also for deliveries that are due already.
  ///
  /// @return empty if there is none that can be changed here
  public Optional<Subscription> change(String id, URI url, Set<String> eventTypes) {
    return change(id, each -> each.with(url, eventTypes));
  }

  /// Gives a subscription a new secret. The ones before it go on to sign beside it for `overlap`.
  ///
  /// @return empty if there is none that can be changed here
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
      var entry = records.find(SubscriptionRecords.KIND, id);
      var known = find(id).filter(each -> !each.configured());
      if (entry.isEmpty() || known.isEmpty()) {
        return Optional.empty();
      }
      var stored = form.subscription(entry.get(), known.get().standing());
      var next = change.apply(stored);
      put(entry.get().to(form.bytes(next, stored.createdAt().orElseThrow())));
      register = read();
      return find(id);
    }
  }

  /// Removes a subscription; deliveries that are due to it fail.
  ///
  /// @return false if there is none that can be removed here
  public boolean remove(String id) {
    synchronized (changing) {
      var entry = records.find(SubscriptionRecords.KIND, id);
      boolean removed = entry.isPresent() && records.remove(entry.get());
      if (removed) {
        records.find(SubscriptionRecords.STANDING_KIND, id).ifPresent(records::remove);
        register = read();
      }
      return removed;
    }
  }

  /// Lets a subscription take part again.
  public Optional<Subscription> enable(String id) {
    return stand(id, _ -> Subscription.Standing.GOOD);
  }

  /// Lets a subscription take no more part; it counts as none.
  public Optional<Subscription> disable(String id, String reason) {
    return stand(
        id,
        before ->
            before.disabled().isPresent()
                ? before
                : new Subscription.Standing(
                    before.failingSince(),
                    Optional.of(new Subscription.Disabled(clock.instant(), reason))));
  }

  /// Told that a delivery succeeded.
  void succeeded(String id) {
    if (find(id).filter(each -> each.standing().failingSince().isPresent()).isPresent()) {
      var _ = stand(id, before -> new Subscription.Standing(Optional.empty(), before.disabled()));
    }
  }

  /// Told that a delivery failed.
  ///
  /// @param disableAfter for how long it may fail; zero: for ever
  void failed(String id, Duration disableAfter) {
    var since = find(id).flatMap(each -> each.standing().failingSince());
    if (since.isEmpty()) {
      var _ =
          stand(
              id,
              before ->
                  new Subscription.Standing(
                      before.failingSince().or(() -> Optional.of(clock.instant())),
                      before.disabled()));
    } else if (!disableAfter.isZero() && isOver(since.get(), disableAfter)) {
      var _ = disable(id, "no delivery has succeeded since " + since.get());
    }
  }

  private boolean isOver(Instant since, Duration disableAfter) {
    return since.plus(disableAfter).isBefore(clock.instant());
  }

  private Optional<Subscription> stand(String id, UnaryOperator<Subscription.Standing> change) {
    synchronized (changing) {
      var known = find(id);
      if (known.isEmpty()) {
        return Optional.empty();
      }
      var next = change.apply(known.get().standing());
      if (!next.equals(known.get().standing())) {
        byte[] value = SubscriptionRecords.bytes(next);
        put(
            records
                .find(SubscriptionRecords.STANDING_KIND, id)
                .map(entry -> entry.to(value))
                .orElseGet(
                    () -> new RecordStore.Entry(SubscriptionRecords.STANDING_KIND, id, 0, value)));
        register = register.with(known.get().with(next));
      }
      return find(id);
    }
  }

  private void put(RecordStore.Entry entry) {
    if (!records.put(List.of(entry))) {
      refresh();
      throw new StoreException("somebody else changed the subscription meanwhile; try again");
    }
  }
}
