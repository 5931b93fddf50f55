package dev.backlane.gateway.admin;

import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// `/admin/v1/subscriptions`. Thread-safe.
public final class SubscriptionsResource {
  private static final int TEXT_CHARS_MAX = 255;
  private static final int URL_CHARS_MAX = 2048;

  private final Subscriptions subscriptions;
  private final WebhookAddresses addresses;
  private final DeliveriesResource deliveries;
  private final OperatorAuthorizer gate;
  private final Terms terms;

  /// What else it needs.
  ///
  /// @param rotationOverlap how long an old secret signs beside the new one
  /// @param address where locations stand
  /// @param ids names test events
  /// @param deliverer makes test events
  /// @param slowClients bounds how long a body is waited for
  public record Terms(
      Duration rotationOverlap,
      PublicAddress address,
      OperationIds ids,
      DeliveryDispatcher deliverer,
      InstantSource clock,
      SlowClients slowClients) {}

  /// @param addresses tells which addresses may be called
  /// @param deliveries those of a subscription
  /// @param gate notes what is done
  public SubscriptionsResource(
      Subscriptions subscriptions,
      WebhookAddresses addresses,
      DeliveriesResource deliveries,
      OperatorAuthorizer gate,
      Terms terms) {
    this.subscriptions = subscriptions;
    this.addresses = addresses;
    this.deliveries = deliveries;
    this.gate = gate;
    this.terms = terms;
  }

  /// @param path behind `subscriptions`
  void answer(AdminCall visit, List<String> path) {
    // Another node may have been asked a moment ago.
    subscriptions.refresh();
    switch (path.size()) {
      case 0 -> {
        Methods.allow(visit.method(), "GET, HEAD, POST");
        if (visit.method().equals("POST")) {
          register(visit);
        } else {
          var items = subscriptions.all().stream().map(SubscriptionsResource::document).toList();
          visit.answer(Status.OK_200, Map.of("items", items));
        }
      }
      case 1 -> {
        Methods.allow(visit.method(), "GET, HEAD, PATCH, DELETE");
        answerOne(visit, find(path.getFirst()));
      }
      case 2 -> act(visit, find(path.getFirst()), path.getLast());
      default -> throw AdminApi.unknown();
    }
  }

  private Subscription find(String id) {
    return subscriptions.find(id).orElseThrow(SubscriptionsResource::none);
  }

  private static ProblemException none() {
    return new ProblemException(
        ProblemType.NOT_FOUND, "There is no subscription of this id. List them.");
  }

  private void answerOne(AdminCall visit, Subscription subscription) {
    switch (visit.method()) {
      case "PATCH" -> change(visit, subscription);
      case "DELETE" -> {
        refuseConfigured(subscription);
        note(visit, "subscription.delete", subscription);
        if (!subscriptions.remove(subscription.id())) {
          throw none();
        }
        visit.answerNothing();
      }
      default -> visit.answer(Status.OK_200, document(subscription));
    }
  }

  private void act(AdminCall visit, Subscription subscription, String action) {
    if (action.equals("deliveries")) {
      Methods.allow(visit.method(), "GET, HEAD");
      deliveries.list(visit, Optional.of(subscription.id()));
      return;
    }
    switch (action) {
      case "rotate", "test", "redeliver" -> Methods.allow(visit.method(), "POST");
      default -> throw AdminApi.unknown();
    }
    switch (action) {
      case "rotate" -> rotate(visit, subscription);
      case "test" -> test(visit, subscription);
      default -> deliveries.redeliver(visit, Optional.of(subscription.id()));
    }
  }

  private void register(AdminCall visit) {
    var body = body(visit, Set.of("tenant", "client", "url", "eventTypes"));
    var client = shortText(body, "client").filter(text -> !text.isEmpty());
    if (client.isEmpty() || body.text("url").isEmpty()) {
      throw wrong("Give 'client', as in the token, and 'url'.");
    }
    var tenant = shortText(body, "tenant").orElse("");
    var url = url(body).orElseThrow();
    var eventTypes = eventTypes(body).orElse(Subscription.EVENT_TYPES_DEFAULT);
    gate.note(
        visit.operator(), visit.request(), "subscription.create", tenant + "/" + client.get());
    var made =
        subscriptions
            .register(tenant, client.get(), url, eventTypes)
            .orElseThrow(() ->
                new ProblemException(
                    ProblemType.CONFLICT,
                    "This client has a subscription in this tenant. Change that one, or delete it first."));
    visit.response().header("Location", location(made.id()));
    visit.answer(Status.CREATED_201, withSecret(made));
  }

  private String location(String id) {
    return terms.address().uriOf("/admin/v1/subscriptions/" + id);
  }

  private void change(AdminCall visit, Subscription subscription) {
    var body = body(visit, Set.of("url", "eventTypes", "enabled"));
    var url = url(body);
    var eventTypes = eventTypes(body);
    if (url.isPresent() || eventTypes.isPresent()) {
      refuseConfigured(subscription);
    }
    note(visit, "subscription.update", subscription);
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
    visit.answer(Status.OK_200, document(find(subscription.id())));
  }

  private void rotate(AdminCall visit, Subscription subscription) {
    refuseConfigured(subscription);
    note(visit, "subscription.rotate", subscription);
    var rotated =
        subscriptions
            .rotate(subscription.id(), terms.rotationOverlap())
            .orElseThrow(SubscriptionsResource::none);
    visit.answer(Status.OK_200, withSecret(rotated));
  }

  private void test(AdminCall visit, Subscription subscription) {
    note(visit, "subscription.test", subscription);
    var event =
        Notifications.test(
            terms.ids().next(), subscription, terms.address().uriOf(""), terms.clock().instant());
    terms.deliverer().add(event);
    visit.answer(Status.ACCEPTED_202, DeliveriesResource.document(event));
  }

  private JsonBody body(AdminCall visit, Set<String> known) {
    return JsonBody.of(visit.request(), visit.response(), terms.slowClients(), known);
  }

  private static Optional<String> shortText(JsonBody body, String name) {
    var text = body.text(name);
    if (text.filter(each -> each.length() > TEXT_CHARS_MAX || !each.equals(each.strip()))
        .isPresent()) {
      throw wrong(
          "The member '"
              + name
              + "' is longer than "
              + TEXT_CHARS_MAX
              + " or has space around it.");
    }
    return text;
  }

  private Optional<URI> url(JsonBody body) {
    return body.text("url")
        .map(text -> {
          var url = uri(text);
          if (addresses.decide(url) instanceof WebhookAddresses.Forbidden(var detail)) {
            throw new ProblemException(ProblemType.WEBHOOK_ADDRESS_FORBIDDEN, detail);
          }
          return url;
        });
  }

  private static URI uri(String text) {
    try {
      var url = new URI(text);
      if (text.length() <= URL_CHARS_MAX && url.getRawFragment() == null) {
        return url;
      }
    } catch (URISyntaxException malformed) {
      // As one that is too long.
    }
    throw wrong("The member 'url' is no URL, has a fragment, or is longer than " + URL_CHARS_MAX);
  }

  private static Optional<Set<String>> eventTypes(JsonBody body) {
    return body.texts("eventTypes")
        .map(types -> {
          if (!Subscription.EVENT_TYPES_DEFAULT.containsAll(types)) {
            throw wrong("Event types are " + Subscription.EVENT_TYPES_DEFAULT + ".");
          }
          return Set.copyOf(types);
        });
  }

  private void note(AdminCall visit, String action, Subscription subscription) {
    gate.note(visit.operator(), visit.request(), action, subscription.id());
  }

  private static void refuseConfigured(Subscription subscription) {
    if (subscription.configured()) {
      throw new ProblemException(
          ProblemType.CONFLICT,
          "This subscription stands in the configuration file. Change it there and restart.");
    }
  }

  private static ProblemException wrong(String detail) {
    return new ProblemException(ProblemType.INVALID_REQUEST, detail);
  }

  // The only answers that a secret is in.
  private static Map<String, Object> withSecret(Subscription subscription) {
    var document = document(subscription);
    document.put("secret", subscription.secrets().getFirst().secret().value());
    return document;
  }

  private static Map<String, Object> document(Subscription subscription) {
    var document = new LinkedHashMap<String, Object>();
    document.put("id", subscription.id());
    document.put("tenant", subscription.tenant());
    document.put("client", subscription.client());
    document.put("url", subscription.url().toString());
    document.put("eventTypes", new TreeSet<>(subscription.eventTypes()));
    document.put("source", subscription.configured() ? "configuration" : "api");
    document.put("enabled", subscription.enabled());
    var disabled = subscription.standing().disabled();
    document.put("disabledUtc", disabled.map(Subscription.Disabled::since).orElse(null));
    document.put("disabledReason", disabled.map(Subscription.Disabled::reason).orElse(null));
    document.put("failingSinceUtc", subscription.standing().failingSince().orElse(null));
    document.put("createdUtc", subscription.createdAt().orElse(null));
    document.put(
        "previousSecretExpiresUtc",
        subscription.secrets().stream()
            .map(SigningSecret::expiresAt)
            .flatMap(Optional::stream)
            .max(Instant::compareTo)
            .orElse(null));
    return document;
  }
}
