package dev.backlane.gateway.dashboard;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.webhook.Subscriptions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The overview for operators who are signed in, and the actions on it. Thread-safe.
public final class OverviewPage {
  private static final int OK = 200;
  private static final int ROWS_MAX = 50;

  private final OperatorAuthorizer authorizer;
  private final Supplier<Map<String, Long>> numbers;
  private final Subscriptions subscriptions;
  private final DeliveryStore deliveries;
  private final DeliveryDispatcher dispatcher;

  /// @param numbers of operations and deliveries, by label
  /// @param dispatcher repeats deliveries
  public OverviewPage(
      OperatorAuthorizer authorizer,
      Supplier<Map<String, Long>> numbers,
      Subscriptions subscriptions,
      DeliveryStore deliveries,
      DeliveryDispatcher dispatcher) {
    this.authorizer = authorizer;
    this.numbers = numbers;
    this.subscriptions = subscriptions;
    this.deliveries = deliveries;
    this.dispatcher = dispatcher;
  }

  void show(Call call) {
    Methods.allow(call, "GET, HEAD");
    var session = authorizer.session(call);
    if (session.isEmpty()) {
      PageResponse.redirect(call, "/ui/sign-in");
      return;
    }
    var due =
        newest(DeliveryState.Due.class).stream()
            .map(delivery ->
                new Pages.DueDelivery(delivery, dispatcher.nextAttempt(delivery).orElseThrow()))
            .toList();
    PageResponse.send(
        call,
        OK,
        Pages.home(
            session.get(),
            numbers.get(),
            subscriptions.all(),
            due,
            newest(DeliveryState.Failed.class)));
  }

  private List<Delivery> newest(Class<? extends DeliveryState> state) {
    return deliveries
        .list(
            new DeliveryListing(
                Optional.empty(),
                OperationId.lowest(Instant.EPOCH),
                OperationId.lowest(OperationId.TIME_MAX),
                state::isInstance,
                ROWS_MAX))
        .deliveries();
  }

  /// Repeats a delivery.
  ///
  /// @param path after `/ui`, split at each `/`
  void act(Call call, String[] path) {
    if (path.length != 4 || !path[1].equals("deliveries") || !path[3].equals("redeliver")) {
      throw Dashboard.unknown();
    }
    Methods.allow(call, "POST");
    var session = SignInPages.requireForm(authorizer, call);
    var operator = OperatorAuthorizer.requireOperate(session.operator());
    var delivery =
        OperationId.parse(path[2]).flatMap(deliveries::find).orElseThrow(Dashboard::unknown);
    authorizer.audit(operator, call, "delivery.redeliver", delivery.id().toString());
    dispatcher.redeliver(delivery);
    PageResponse.redirect(call, "/ui");
  }
}
