package dev.backlane.gateway.admin;

import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.protocol.ProblemType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// `/admin/v1/subscriptions`. Thread-safe.
public final class SubscriptionsResource implements AdminResource {
  private final Subscriptions subscriptions;
  private final SubscriptionFields fields;
  private final DeliveriesResource deliveries;
  private final OperatorAuthorizer authorizer;
  private final TestEvents testEvents;
  private final Supplier<Duration> rotationOverlap;

  /// @param deliveries those of a subscription
  /// @param authorizer records the actions of operators
  /// @param rotationOverlap how long an old secret signs together with the new one; may change
  public SubscriptionsResource(
      Subscriptions subscriptions,
      SubscriptionFields fields,
      DeliveriesResource deliveries,
      OperatorAuthorizer authorizer,
      TestEvents testEvents,
      Supplier<Duration> rotationOverlap) {
    this.subscriptions = subscriptions;
    this.fields = fields;
    this.deliveries = deliveries;
    this.authorizer = authorizer;
    this.testEvents = testEvents;
    this.rotationOverlap = rotationOverlap;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    // Another node may have changed them a moment ago.
    subscriptions.refresh();
    switch (path.size()) {
      case 0 -> {
        Methods.allow(call.call(), "GET, HEAD, POST");
        if (call.method().equals("POST")) {
          register(call);
        } else {
          var items = subscriptions.all().stream().map(SubscriptionDocument::of).toList();
          call.respond(AdminApi.OK, Map.of("items", items));
        }
      }
      case 1 -> {
        Methods.allow(call.call(), "GET, HEAD, PATCH, DELETE");
        handleOne(call, find(path.getFirst()));
      }
      case 2 -> act(call, find(path.getFirst()), path.getLast());
      default -> throw AdminApi.unknown();
    }
  }

  private Subscription find(String id) {
    return subscriptions.find(id).orElseThrow(SubscriptionsResource::none);
  }

  private static ProblemException none() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is no subscription of this id. List the subscriptions.");
  }

  private void handleOne(AdminCall call, Subscription subscription) {
    switch (call.method()) {
      case "PATCH" -> change(call, subscription);
      case "DELETE" -> {
        refuseConfigured(subscription);
        audit(call, "subscription.delete", subscription);
        if (!subscriptions.remove(subscription.id())) {
          throw none();
        }
        call.respondNoContent();
      }
      default -> call.respond(AdminApi.OK, SubscriptionDocument.of(subscription));
    }
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
      case "rotate" -> rotate(call, subscription);
      case "test" -> test(call, subscription);
      default -> deliveries.redeliver(call, Optional.of(subscription.id()));
    }
  }

  private void register(AdminCall call) {
    var body = JsonBody.of(call.call(), Set.of("tenant", "client", "url", "eventTypes"));
    var client = SubscriptionFields.shortText(body, "client").filter(text -> !text.isEmpty());
    if (client.isEmpty() || body.text("url").isEmpty()) {
      throw SubscriptionFields.wrong("Set 'client', as in the token, and 'url'.");
    }
    var tenant = SubscriptionFields.shortText(body, "tenant").orElse("");
    var url = fields.url(body).orElseThrow();
    var eventTypes = SubscriptionFields.eventTypes(body).orElse(Subscription.EVENT_TYPES_DEFAULT);
    authorizer.audit(
        call.operator(), call.call(), "subscription.create", tenant + "/" + client.get());
    var created =
        subscriptions
            .register(tenant, client.get(), url, eventTypes)
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.CONFLICT,
                    "This client has a subscription in this tenant already. Change that one, or delete it first."));
    call.call().response().set("Location", call.uriOf("/admin/v1/subscriptions/" + created.id()));
    call.respond(AdminApi.CREATED, SubscriptionDocument.withSecret(created));
  }

  private void change(AdminCall call, Subscription subscription) {
    var body = JsonBody.of(call.call(), Set.of("url", "eventTypes", "enabled"));
    var url = fields.url(body);
    var eventTypes = SubscriptionFields.eventTypes(body);
    if (url.isPresent() || eventTypes.isPresent()) {
      refuseConfigured(subscription);
    }
    audit(call, "subscription.update", subscription);
    if (url.isPresent() || eventTypes.isPresent()) {
      var _ =
          subscriptions
              .change(
                  subscription.id(),
                  url.orElse(subscription.url()),
                  eventTypes.orElse(subscription.eventTypes()))
              .orElseThrow(SubscriptionsResource::none);
    }
    body.truth("enabled")
        .ifPresent(enabled -> {
          var _ =
              enabled
                  ? subscriptions.enable(subscription.id())
                  : subscriptions.disable(subscription.id(), "an operator disabled it");
        });
    call.respond(AdminApi.OK, SubscriptionDocument.of(find(subscription.id())));
  }

  private void rotate(AdminCall call, Subscription subscription) {
    refuseConfigured(subscription);
    audit(call, "subscription.rotate", subscription);
    var rotated =
        subscriptions
            .rotate(subscription.id(), rotationOverlap.get())
            .orElseThrow(SubscriptionsResource::none);
    call.respond(AdminApi.OK, SubscriptionDocument.withSecret(rotated));
  }

  private void test(AdminCall call, Subscription subscription) {
    audit(call, "subscription.test", subscription);
    call.respond(AdminApi.ACCEPTED, deliveries.begun(testEvents.send(subscription)));
  }

  private void audit(AdminCall call, String action, Subscription subscription) {
    authorizer.audit(call.operator(), call.call(), action, subscription.id());
  }

  private static void refuseConfigured(Subscription subscription) {
    if (subscription.configured()) {
      throw new ProblemException(
          ProblemType.CONFLICT,
          "This subscription is set in the configuration file. Change it there and restart.");
    }
  }
}
