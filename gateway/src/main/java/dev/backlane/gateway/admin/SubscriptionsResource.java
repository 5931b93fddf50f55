package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `/admin/v1/subscriptions`. Thread-safe.
public final class SubscriptionsResource implements AdminResource {
  private final Subscriptions subscriptions;
  private final SubscriptionChanges changes;
  private final DeliveriesResource deliveries;

  /// @param changes finds and changes them
  /// @param deliveries those of a subscription
  public SubscriptionsResource(
      Subscriptions subscriptions, SubscriptionChanges changes, DeliveriesResource deliveries) {
    this.subscriptions = subscriptions;
    this.changes = changes;
    this.deliveries = deliveries;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    switch (path.size()) {
      case 0 -> {
        Methods.allow(call.call(), "GET, HEAD, POST");
        if (call.method().equals("POST")) {
          register(call);
        } else {
          subscriptions.refresh();
          var items = subscriptions.all().stream().map(SubscriptionDocument::of).toList();
          call.respond(AdminApi.OK, Map.of("items", items));
        }
      }
      case 1 -> {
        Methods.allow(call.call(), "GET, HEAD, PATCH, DELETE");
        handleOne(call, changes.find(path.getFirst()));
      }
      case 2 -> act(call, changes.find(path.getFirst()), path.getLast());
      default -> throw AdminApi.unknown();
    }
  }

  private void handleOne(AdminCall call, Subscription subscription) {
    switch (call.method()) {
      case "PATCH" -> change(call, subscription);
      case "DELETE" -> {
        changes.delete(author(call), subscription);
        call.respondNoContent();
      }
      default -> call.respond(AdminApi.OK, SubscriptionDocument.of(subscription));
    }
  }

  private static SubscriptionChanges.Author author(AdminCall call) {
    return new SubscriptionChanges.Author(call.operator(), call.call());
  }

  private void act(AdminCall call, Subscription subscription, String action) {
    if (action.equals("deliveries")) {
      Methods.allow(call.call(), "GET, HEAD");
      deliveries.list(call, Optional.of(subscription.id()));
      return;
    }
    switch (action) {
      case "rotate", "test", "redeliver" -> Methods.allow(call.call(), "POST");
      default -> throw AdminApi.unknown();
    }
    switch (action) {
      case "rotate" ->
          call.respond(
              AdminApi.OK,
              SubscriptionDocument.withSecret(changes.rotate(author(call), subscription)));
      case "test" ->
          call.respond(
              AdminApi.ACCEPTED, deliveries.begun(changes.test(author(call), subscription)));
      default -> deliveries.redeliver(call, Optional.of(subscription.id()));
    }
  }

  private void register(AdminCall call) {
    var body = JsonBody.of(call.call(), Set.of("tenant", "client", "url", "eventTypes"));
    var created =
        changes.register(
            author(call),
            body.text("tenant"),
            body.text("client"),
            body.text("url"),
            body.texts("eventTypes").map(Set::copyOf));
    call.call().response().set("Location", call.uriOf("/admin/v1/subscriptions/" + created.id()));
    call.respond(AdminApi.CREATED, SubscriptionDocument.withSecret(created));
  }

  private void change(AdminCall call, Subscription subscription) {
    var body = JsonBody.of(call.call(), Set.of("url", "eventTypes", "enabled"));
    var changed =
        changes.change(
            author(call),
            subscription,
            body.text("url"),
            body.texts("eventTypes").map(Set::copyOf),
            body.truth("enabled"));
    call.respond(AdminApi.OK, SubscriptionDocument.of(changed));
  }
}
