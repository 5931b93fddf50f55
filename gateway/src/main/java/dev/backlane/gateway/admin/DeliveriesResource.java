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
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// `/admin/v1/deliveries`. Thread-safe.
public final class DeliveriesResource {
  private final DeliveryStore store;
  private final DeliveryDispatcher deliverer;
  private final OperatorAuthorizer gate;
  private final SlowClients slowClients;

  /// @param deliverer makes them
  /// @param gate notes what is done
  /// @param slowClients bounds how long a body is waited for
  public DeliveriesResource(
      DeliveryStore store,
      DeliveryDispatcher deliverer,
      OperatorAuthorizer gate,
      SlowClients slowClients) {
    this.store = store;
    this.deliverer = deliverer;
    this.gate = gate;
    this.slowClients = slowClients;
  }

  /// @param path behind `deliveries`
  void answer(AdminCall visit, List<String> path) {
    if (path.isEmpty()) {
      Methods.allow(visit.method(), "GET, HEAD");
      list(visit, Optional.empty());
    } else if (path.equals(List.of("redeliver"))) {
      Methods.allow(visit.method(), "POST");
      redeliver(visit, Optional.empty());
    } else if (path.size() == 1) {
      Methods.allow(visit.method(), "GET, HEAD");
      visit.answer(Status.OK_200, document(find(path.getFirst())));
    } else if (path.size() == 2 && path.getLast().equals("redeliver")) {
      Methods.allow(visit.method(), "POST");
      redeliverOne(visit, find(path.getFirst()));
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
                "There is no delivery of this id. It is that of the operation; or its retention is over."));
  }

  void list(AdminCall visit, Optional<String> subscription) {
    var query = Query.of(visit.request());
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
    document.put("items", page.deliveries().stream().map(DeliveriesResource::document).toList());
    document.put("nextCursor", page.next().map(OperationId::toString).orElse(null));
    visit.answer(Status.OK_200, document);
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

  private void redeliverOne(AdminCall visit, Delivery delivery) {
    gate.note(visit.operator(), visit.request(), "delivery.redeliver", delivery.id().toString());
    if (!deliverer.redeliver(delivery)) {
      throw new ProblemException(
          ProblemType.CONFLICT, "The delivery changed meanwhile. Read it, and try again.");
    }
    visit.answer(Status.ACCEPTED_202, document(find(delivery.id().toString())));
  }

  void redeliver(AdminCall visit, Optional<String> subscription) {
    var body = JsonBody.of(visit.request(), visit.response(), slowClients, Set.of("since"));
    var since = body.text("since").map(DeliveriesResource::time);
    if (since.isEmpty()) {
      throw new ProblemException(
          ProblemType.INVALID_REQUEST,
          "Give 'since': what has failed from that time on is delivered again.");
    }
    gate.note(
        visit.operator(),
        visit.request(),
        "delivery.redeliver-failed",
        subscription.orElse("all") + " since " + since.get());
    visit.answer(
        Status.ACCEPTED_202, Map.of("redelivered", redeliverFailed(subscription, since.get())));
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
        if (deliverer.redeliver(delivery)) {
          redelivered++;
        }
      }
      to = page.next();
    }
    return redelivered;
  }

  static Map<String, Object> document(Delivery delivery) {
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
    describe(delivery.state(), document);
    document.put(
        "attempts", delivery.attempts().stream().map(DeliveriesResource::document).toList());
    document.put("body", new String(delivery.body(), UTF_8));
    return document;
  }

  private static void describe(DeliveryState state, Map<String, Object> document) {
    switch (state) {
      case DeliveryState.Due(int attempt, var dueAt) -> {
        document.put("nextAttempt", attempt);
        document.put("nextAttemptUtc", dueAt);
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
