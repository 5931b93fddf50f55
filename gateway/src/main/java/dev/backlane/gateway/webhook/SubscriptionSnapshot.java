package dev.backlane.gateway.webhook;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All subscriptions as of one moment, by id and by owner. Immutable.
final class SubscriptionSnapshot {
  private record Owner(String tenant, String client) {
    static Owner of(Subscription subscription) {
      return new Owner(subscription.tenant(), subscription.client());
    }
  }

  private final Map<String, Subscription> byId;
  private final Map<Owner, Subscription> byOwner;

  private SubscriptionSnapshot(Map<String, Subscription> byId, Map<Owner, Subscription> byOwner) {
    this.byId = byId;
    this.byOwner = byOwner;
  }

  /// @param all if an owner has several, the first is used
  static SubscriptionSnapshot of(List<Subscription> all) {
    var byId = new HashMap<String, Subscription>();
    var byOwner = new HashMap<Owner, Subscription>();
    for (var each : all) {
      byId.put(each.id(), each);
      byOwner.putIfAbsent(Owner.of(each), each);
    }
    return new SubscriptionSnapshot(byId, byOwner);
  }

  /// A copy with one subscription replaced, whose owner is unchanged.
  SubscriptionSnapshot with(Subscription changed) {
    var nextById = new HashMap<>(byId);
    nextById.put(changed.id(), changed);
    var nextByOwner = new HashMap<>(byOwner);
    nextByOwner.computeIfPresent(
        Owner.of(changed), (_, present) -> present.id().equals(changed.id()) ? changed : present);
    return new SubscriptionSnapshot(nextById, nextByOwner);
  }

  Optional<Subscription> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  Optional<Subscription> of(String tenant, String client) {
    return Optional.ofNullable(byOwner.get(new Owner(tenant, client)));
  }

  /// By client and tenant.
  List<Subscription> all() {
    return byId.values().stream()
        .sorted(
            Comparator.comparing(Subscription::client)
                .thenComparing(Subscription::tenant)
                .thenComparing(Subscription::id))
        .toList();
  }
}
