package dev.backlane.gateway.webhook;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.notification.DeliverySender;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.gateway.tracing.Span;
import dev.backlane.gateway.tracing.Tracing;
import dev.backlane.protocol.NotificationHeaders;
import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.protocol.webhook.WebhookSignature;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Resolves the receiver of a delivery, signs the notification and sends it (CONTRACT 2.4).
/// Thread-safe.
public final class WebhookSender implements DeliverySender {
  private final Subscriptions subscriptions;
  private final WebhookClient client;
  private final Supplier<Terms> terms;
  private final InstantSource clock;
  private final InstantSource wall;
  private final Traces traces;

  /// How notifications are signed and when failing subscriptions are disabled.
  ///
  /// @param signatureHeader the name of the documented signature's header
  /// @param defaultSecret signs notifications to an address of a caller without a subscription
  /// @param disableAfter how long a subscription may fail before it is disabled; zero: without
  ///     limit
  public record Terms(
      String signatureHeader, Optional<WebhookSecret> defaultSecret, Duration disableAfter) {}

  /// How the traces of calls continue at their receivers.
  ///
  /// @param tracing records attempts
  /// @param contexts the fields with the context of the call that a notification reports
  public record Traces(Tracing tracing, Function<OperationId, List<Header>> contexts) {
    /// No trace continues.
    public static final Traces NONE = new Traces(Tracing.OFF, _ -> List.of());
  }

  /// @param terms read for each delivery, since they may change
  public WebhookSender(
      Subscriptions subscriptions,
      WebhookClient client,
      Supplier<Terms> terms,
      InstantSource clock,
      InstantSource wall,
      Traces traces) {
    this.subscriptions = subscriptions;
    this.client = client;
    this.terms = terms;
    this.clock = clock;
    this.wall = wall;
    this.traces = traces;
  }

  /// The receiver of one delivery.
  private record Route(URI url, List<WebhookSecret> secrets, List<Header> pairs) {}

  @Override
  public DeliveryVerdict deliver(Delivery delivery) {
    return switch (delivery.target()) {
      case Delivery.Address(var uri) ->
          send(delivery, new Route(URI.create(uri), callersSecrets(delivery), List.of()));
      case Delivery.Subscribed(var id, var pairs) -> {
        var subscription = id.isEmpty() ? ofCaller(delivery) : subscribed(id);
        if (subscription.isEmpty()) {
          yield new DeliveryVerdict.NoReceiver("the subscription was deleted");
        }
        var disabled = subscription.get().standing().disabled();
        yield disabled.isPresent()
            ? new DeliveryVerdict.NoReceiver(
                "the subscription is disabled: " + disabled.get().reason())
            : send(
                delivery, new Route(subscription.get().url(), secrets(subscription.get()), pairs));
      }
    };
  }

  // A delivery without a receiver fails permanently, so the stored state decides and not
  // the cached one.
  private Optional<Subscription> subscribed(String id) {
    return subscriptions.find(id).filter(Subscription::enabled).or(() -> subscriptions.stored(id));
  }

  private Optional<Subscription> ofCaller(Delivery delivery) {
    return subscriptions.of(delivery.tenant(), delivery.client());
  }

  private List<WebhookSecret> callersSecrets(Delivery delivery) {
    return ofCaller(delivery)
        .map(this::secrets)
        .orElseGet(() -> terms.get().defaultSecret().stream().toList());
  }

  private List<WebhookSecret> secrets(Subscription subscription) {
    var now = clock.instant();
    return subscription.secrets().stream()
        .filter(secret -> secret.signsAt(now))
        .map(SigningSecret::secret)
        .toList();
  }

  private DeliveryVerdict send(Delivery delivery, Route route) {
    Instant now = wall.instant();
    var signatureHeader = terms.get().signatureHeader();
    var headers = new ArrayList<Header>();
    WebhookSignature.headers(
            route.secrets(), delivery.id().toString(), now, delivery.body(), signatureHeader)
        .forEach((name, value) -> headers.add(new Header(name, value)));
    // A pair with such a name is refused at accept; the name of the signature's header may have
    // changed since.
    route.pairs().stream()
        .filter(pair ->
            NotificationHeaders.objection(pair.name()).isEmpty()
                && !NotificationHeaders.same(pair.name(), signatureHeader))
        .forEach(headers::add);
    var context = traces.contexts().apply(delivery.id());
    try (var span = traces.tracing().delivery(delivery, context)) {
      var verdict =
          client.post(
              route.url(), Requester.of(delivery), span.propagate(headers), delivery.body());
      report(verdict, span);
      return verdict;
    }
  }

  private static void report(DeliveryVerdict verdict, Span span) {
    switch (verdict) {
      case DeliveryVerdict.Responded response -> {
        span.set("http.response.status_code", response.statusCode());
        if (!response.success()) {
          span.failed(Integer.toString(response.statusCode()));
        }
      }
      case DeliveryVerdict.NoResponse _ -> span.failed("no-response");
      case DeliveryVerdict.NoReceiver _ -> span.failed("no-receiver");
    }
  }

  @Override
  public void settled(Delivery delivery, DeliveryVerdict verdict) {
    if (!(delivery.target() instanceof Delivery.Subscribed(var id, var _))) {
      return;
    }
    switch (verdict) {
      case DeliveryVerdict.Responded response when response.success() ->
          subscriptions.succeeded(id);
      case DeliveryVerdict.Responded response when response.gone() -> {
        var _ = subscriptions.disable(id, "the receiver responded 410 Gone");
      }
      case DeliveryVerdict.Responded _, DeliveryVerdict.NoResponse _ ->
          subscriptions.failed(id, terms.get().disableAfter());
      case DeliveryVerdict.NoReceiver _ -> {}
    }
  }
}
