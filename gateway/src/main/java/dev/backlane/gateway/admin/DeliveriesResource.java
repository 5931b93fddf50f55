package dev.backlane.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.gateway.http.JsonBody;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// `/admin/v1/deliveries`. Thread-safe.
public final class DeliveriesResource implements AdminResource {
  private final DeliveryStore store;
  private final DeliveryDispatcher dispatcher;
  private final OperatorAuthorizer authorizer;
  private final InstantSource clock;

  /// @param dispatcher repeats deliveries
  /// @param authorizer records the actions of operators
  public DeliveriesResource(
      DeliveryStore store,
      DeliveryDispatcher dispatcher,
      OperatorAuthorizer authorizer,
      InstantSource clock) {
    this.clock = clock;
    this.store = store;
    this.dispatcher = dispatcher;
    this.authorizer = authorizer;
  }

  @Override
  public void handle(AdminCall call, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(call.call(), "GET, HEAD");
      list(call, Optional.empty());
    } else if (path.equals(List.of("redeliver"))) {
      Methods.allow(call.call(), "POST");
      redeliver(call, Optional.empty());
    } else if (path.size() == 1) {
      Methods.allow(call.call(), "GET, HEAD");
      call.respond(AdminApi.OK, document(find(path.getFirst())));
    } else if (path.size() == 2 && path.getLast().equals("redeliver")) {
      Methods.allow(call.call(), "POST");
      redeliverOne(call, find(path.getFirst()));
    } else {
      throw AdminApi.unknown();
    }
  }

  private Delivery find(String id) {
    return OperationId.parse(id)
        .flatMap(store::find)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND,
                "There is no delivery of this id. A delivery has the id of its operation; its retention may be over."));
  }

  void list(AdminCall call, Optional<String> subscription) {
    var query = Query.of(call.call());
    int limit = query.limit();
    var to = query.cursor();
    var page =
        store.list(
            new DeliveryListing(
                subscription.or(() -> query.text("subscription")),
                OperationId.lowest(Instant.EPOCH),
                to,
                query
                    .parsed("state", DeliveriesResource::inState, "one of due, delivered, failed")
                    .orElse(_ -> true),
                limit));
    var document = new LinkedHashMap<String, Object>();
    document.put("items", page.deliveries().stream().map(this::document).toList());
    document.put("nextCursor", page.next().map(OperationId::toString).orElse(null));
    call.respond(AdminApi.OK, document);
  }

  private static Predicate<DeliveryState> inState(String name) {
    if (!Set.of("due", "delivered", "failed").contains(name)) {
      throw new IllegalArgumentException(name);
    }
    return state -> name(state).equals(name);
  }

  private static String name(DeliveryState state) {
    return switch (state) {
      case DeliveryState.Due _ -> "due";
      case DeliveryState.Delivered _ -> "delivered";
      case DeliveryState.Failed _ -> "failed";
    };
  }

  private void redeliverOne(AdminCall call, Delivery delivery) {
    authorizer.audit(call.operator(), call.call(), "delivery.redeliver", delivery.id().toString());
    if (!dispatcher.redeliver(delivery)) {
      throw new ProblemException(
          ProblemType.CONFLICT, "The delivery has changed. Read it and try again.");
    }
    call.respond(AdminApi.ACCEPTED, begun(find(delivery.id().toString())));
  }

  void redeliver(AdminCall call, Optional<String> subscription) {
    var body = JsonBody.of(call.call(), Set.of("since"));
    var since = body.text("since").map(DeliveriesResource::time);
    if (since.isEmpty()) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "Set 'since': deliveries that failed at or after that time are made again.");
    }
    authorizer.audit(
        call.operator(),
        call.call(),
        "delivery.redeliver-failed",
        subscription.orElse("all") + " since " + since.get());
    call.respond(
        AdminApi.ACCEPTED, Map.of("redelivered", redeliverFailed(subscription, since.get())));
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException malformed) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "'since' is not a time in ISO 8601 such as 2026-01-31T12:00:00Z.");
    }
  }

  private int redeliverFailed(Optional<String> subscription, Instant since) {
    int redelivered = 0;
    Optional<OperationId> to = Optional.of(OperationId.lowest(OperationId.TIME_MAX));
    while (to.isPresent()) {
      var page =
          store.list(
              new DeliveryListing(
                  subscription,
                  OperationId.lowest(Instant.EPOCH),
                  to.get(),
                  state ->
                      state instanceof DeliveryState.Failed failed
                          && !failed.endedAt().isBefore(since),
                  Query.LIMIT_MAX));
      for (var delivery : page.deliveries()) {
        if (dispatcher.redeliver(delivery)) {
          redelivered++;
        }
      }
      to = page.next();
    }
    return redelivered;
  }

  /// The document of a delivery whose attempt begins now.
  Map<String, Object> begun(Delivery delivery) {
    var document = document(delivery);
    document.computeIfPresent("nextAttemptUtc", (_, _) -> clock.instant());
    return document;
  }

  Map<String, Object> document(Delivery delivery) {
    var document = new LinkedHashMap<String, Object>();
    document.put("id", delivery.id().toString());
    document.put("tenant", delivery.tenant());
    document.put("client", delivery.client());
    document.put(
        "subscription",
        delivery.target() instanceof Delivery.Subscribed(var id, var _) ? id : null);
    document.put("url", delivery.target() instanceof Delivery.Address(var uri) ? uri : null);
    document.put("eventType", delivery.eventType());
    document.put("state", name(delivery.state()));
    describe(delivery, document);
    document.put(
        "attempts", delivery.attempts().stream().map(DeliveriesResource::document).toList());
    document.put("body", new String(delivery.body(), UTF_8));
    return document;
  }

  private void describe(Delivery delivery, Map<String, Object> document) {
    switch (delivery.state()) {
      case DeliveryState.Due(int attempt, var dueAt) -> {
        document.put("nextAttempt", attempt);
        document.put("nextAttemptUtc", dispatcher.nextAttempt(delivery).orElse(dueAt));
      }
      case DeliveryState.Delivered(var endedAt) -> document.put("endedUtc", endedAt);
      case DeliveryState.Failed(var endedAt, var reason) -> {
        document.put("endedUtc", endedAt);
        document.put("reason", reason);
      }
    }
  }

  private static Map<String, Object> document(DeliveryAttempt attempt) {
    var document = new LinkedHashMap<String, Object>();
    document.put("startedUtc", attempt.startedAt());
    document.put("tookMillis", attempt.took().toMillis());
    document.put("statusCode", attempt.statusCode());
    document.put("detail", attempt.detail());
    return document;
  }
}
