package dev.backlane.app;

import dev.backlane.app.config.AdminConfig;
import dev.backlane.app.config.Secret;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.gateway.admin.AdminApi;
import dev.backlane.gateway.admin.DeliveriesResource;
import dev.backlane.gateway.admin.SubscriptionFields;
import dev.backlane.gateway.admin.SubscriptionsResource;
import dev.backlane.gateway.admin.TestEvents;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.dashboard.OpenIdConnect;
import dev.backlane.gateway.dashboard.OverviewPage;
import dev.backlane.gateway.dashboard.SignInPages;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.OperatorToken;
import dev.backlane.gateway.operator.Sessions;
import dev.backlane.gateway.seal.Seal;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// Puts together what operators use.
///
/// ```text
/// OperatorAuthorizer ◀─ AdminApi ─▶ Subscriptions, DeliveryStore
///        ▲──────── Dashboard ─▶ the same, to be looked at
/// ```
record OperatorWiring(
    AdminConfig config, Storage storage, WebhookWiring webhooks, Dispatcher dispatcher) {

  OperatorAuthorizer authorizer(
      OperatorToken token, AuditLog audit, URI publicUrl, InstantSource clock) {
    return new OperatorAuthorizer(
        token, sessions(publicUrl, clock), config.provider().isPresent(), audit);
  }

  private Sessions sessions(URI publicUrl, InstantSource clock) {
    return new Sessions(
        new Seal(storage.keys(), "operator session"), waysIn(), isSecure(publicUrl), clock);
  }

  private static boolean isSecure(URI publicUrl) {
    return "https".equals(publicUrl.getScheme());
  }

  private String waysIn() {
    // In an order of its own: that of a set changes with the process.
    var provider =
        config
            .provider()
            .map(each ->
                String.join(
                    "\n",
                    each.issuer().toString(),
                    each.clientId(),
                    each.claim(),
                    new TreeSet<>(each.values()).toString()));
    return config.token().map(Secret::value).orElse("") + "\n" + provider.orElse("");
  }

  AdminApi admin(
      OperatorAuthorizer authorizer,
      PublicAddress address,
      Duration rotationOverlap,
      InstantSource clock) {
    var deliveries =
        new DeliveriesResource(storage.deliveries(), webhooks.dispatcher(), authorizer);
    var subscriptions =
        new SubscriptionsResource(
            webhooks.subscriptions(),
            new SubscriptionFields(webhooks.addresses()),
            deliveries,
            authorizer,
            new TestEvents(
                new OperationIds(clock, new SecureRandom()), address, webhooks.dispatcher(), clock),
            rotationOverlap);
    return new AdminApi(authorizer, address, subscriptions, deliveries);
  }

  Dashboard dashboard(OperatorAuthorizer authorizer, URI publicUrl) {
    var provider =
        config
            .provider()
            .map(each ->
                new OpenIdConnect(
                    new OpenIdConnect.Settings(
                        each.issuer(),
                        each.clientId(),
                        each.clientSecret().value(),
                        each.claim(),
                        each.values()),
                    URI.create(publicUrl + "/ui/oidc/callback")));
    return new Dashboard(
        authorizer,
        new SignInPages(
            authorizer,
            config.token().isPresent(),
            provider,
            new Seal(storage.keys(), "operator sign-in"),
            isSecure(publicUrl)),
        new OverviewPage(
            authorizer,
            this::numbers,
            webhooks.subscriptions(),
            storage.deliveries(),
            webhooks.dispatcher()));
  }

  private Map<String, Long> numbers() {
    var counters = dispatcher.tally();
    // The numbers of the store are the same at all nodes; those of the process are its own.
    var here = storage.shared() ? " at this node" : "";
    var numbers = new LinkedHashMap<String, Long>();
    numbers.put("Operations waiting", storage.operations().queued());
    numbers.put("Attempts in flight" + here, (long) dispatcher.running());
    numbers.put("Finished since the start" + here, counters.operationsFinished());
    numbers.put("Failed since the start" + here, counters.operationsFailed());
    numbers.put("Deliveries waiting", storage.deliveries().waiting());
    numbers.put(
        "Receivers with an open circuit" + here, (long) webhooks.dispatcher().openCircuits());
    return numbers;
  }
}
