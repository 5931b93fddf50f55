package dev.backlane.app.wiring;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.sections.AdminSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.gateway.OperatorRoutes;
import dev.backlane.gateway.admin.AdminApi;
import dev.backlane.gateway.admin.DeliveriesResource;
import dev.backlane.gateway.admin.HeldResource;
import dev.backlane.gateway.admin.SubscriptionFields;
import dev.backlane.gateway.admin.SubscriptionsResource;
import dev.backlane.gateway.admin.TestEvents;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.dashboard.OpenIdConnect;
import dev.backlane.gateway.dashboard.OverviewPage;
import dev.backlane.gateway.dashboard.SignInPages;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.maintenance.StoreMaintenance;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.Metrics;
import dev.backlane.gateway.operator.OpenApiDocuments;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.gateway.operator.OperatorGate;
import dev.backlane.gateway.operator.Readiness;
import dev.backlane.gateway.operator.Sessions;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.seal.StoredSealOpener;
import dev.backlane.protocol.openapi.OpenApiSettings;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// The parts that operators use: probes and metrics, the admin API and the dashboard.
///
/// ```text
/// OperatorAuthorizer ◀─ AdminApi ─▶ Subscriptions, DeliveryStore
///        ▲──────── Dashboard ─▶ the same, read only
/// ```
record OperatorWiring(
    LiveConfig live,
    Storage storage,
    WebhookWiring webhooks,
    Dispatcher dispatcher,
    HeldOperations held,
    Metrics metrics,
    AuditLog audit) {

  /// Compares the tokens of operators.
  static OperatorGate gate(LiveConfig live, Threads threads) {
    return new OperatorGate(
        () -> tokens(live.get().admin()),
        live.get().local(),
        live.get().server().proxies(),
        threads::nanoTime);
  }

  private static OperatorGate.Tokens tokens(AdminSection admin) {
    return new OperatorGate.Tokens(
        admin.token().map(Secret::value), admin.metricsToken().map(Secret::value));
  }

  /// @param clients the address of clients
  /// @param operatorsUrl the URL of operators
  /// @param issuers keys and trusted authorities in connections to the provider of operators
  OperatorRoutes routes(
      URI publicUrl,
      PublicAddress clients,
      URI operatorsUrl,
      OperatorGate gate,
      Readiness readiness,
      Supplier<SSLContext> issuers) {
    var admin = config().admin();
    var documents = new OpenApiDocuments(() -> openApi(publicUrl));
    var endpoints = new OperatorEndpoints(readiness, documents, metrics, gate);
    var authorizer =
        new OperatorAuthorizer(
            gate,
            sessions(operatorsUrl),
            admin.provider().isPresent(),
            admin.open(),
            audit,
            config().server().proxies());
    return new OperatorRoutes(
        endpoints,
        storeMaintenance(authorizer),
        adminApi(authorizer, clients, new PublicAddress(operatorsUrl, List.of())),
        dashboard(authorizer, operatorsUrl, issuers),
        admin.publicUrl().map(URI::getRawAuthority));
  }

  private OpenApiSettings openApi(URI publicUrl) {
    var present = live.get();
    return new OpenApiSettings(
        publicUrl,
        AuthWiring.tokens(present.auth()),
        present.webhooks().signing().signatureHeader());
  }

  /// The present `admin.token`.
  private Optional<String> token() {
    return live.get().admin().token().map(Secret::value);
  }

  /// The configuration of the start: these parts are constructed once.
  private Config config() {
    return live.get();
  }

  private Sessions sessions(URI adminUrl) {
    return new Sessions(
        new Seal(storage.keys(), "operator session"),
        this::signInMethods,
        isSecure(adminUrl),
        storage.clock());
  }

  private static boolean isSecure(URI publicUrl) {
    return "https".equals(publicUrl.getScheme());
  }

  /// A text that identifies the configured ways to sign in. Sessions become invalid when it
  /// changes.
  private String signInMethods() {
    // Sorted, because the order of a set differs between processes.
    var provider =
        config()
            .admin()
            .provider()
            .map(each ->
                String.join(
                    "\n",
                    each.issuer().toString(),
                    each.clientId(),
                    each.claim(),
                    new TreeSet<>(each.values()).toString()));
    var open = config().admin().open() ? "\nopen" : "";
    return token().orElse("") + "\n" + provider.orElse("") + open;
  }

  private AdminApi adminApi(
      OperatorAuthorizer authorizer, PublicAddress clients, PublicAddress operators) {
    var clock = storage.clock();
    var deliveries =
        new DeliveriesResource(storage.deliveries(), webhooks.dispatcher(), authorizer, clock);
    var subscriptions =
        new SubscriptionsResource(
            webhooks.subscriptions(),
            new SubscriptionFields(webhooks.addresses()),
            deliveries,
            authorizer,
            new TestEvents(
                new OperationIds(clock, new SecureRandom()), clients, webhooks.dispatcher(), clock),
            () -> live.get().webhooks().rotationOverlap());
    return new AdminApi(
        authorizer, operators, subscriptions, deliveries, new HeldResource(held, authorizer));
  }

  private StoreMaintenance storeMaintenance(OperatorAuthorizer authorizer) {
    var place =
        switch (config().store()) {
          case StoreSection.RocksDb embedded -> new StorePlace.RocksDb(embedded.path()).toString();
          case StoreSection.Postgres shared ->
              new StorePlace.Postgres(shared.database().url()).toString();
          case StoreSection.Memory _ -> "memory";
        };
    var backups =
        config().store() instanceof StoreSection.RocksDb embedded
            ? embedded.backups()
            : Optional.<Path>empty();
    return new StoreMaintenance(
        authorizer,
        storage.store(),
        new StoreMaintenance.Settings(place, backups, new StoredSealOpener(storage.keys())),
        Threads.VIRTUAL,
        InstantSource.system());
  }

  private Dashboard dashboard(
      OperatorAuthorizer authorizer, URI adminUrl, Supplier<SSLContext> issuers) {
    var provider =
        config()
            .admin()
            .provider()
            .map(each ->
                new OpenIdConnect(
                    each,
                    URI.create(adminUrl + "/ui/oidc/callback"),
                    issuers,
                    config().issuers().clockTolerance(),
                    InstantSource.system()));
    return new Dashboard(
        authorizer,
        new SignInPages(
            authorizer,
            () -> token().isPresent(),
            provider,
            new Seal(storage.keys(), "operator sign-in"),
            isSecure(adminUrl)),
        new OverviewPage(
            authorizer,
            this::numbers,
            webhooks.subscriptions(),
            storage.deliveries(),
            webhooks.dispatcher()));
  }

  private Map<String, Long> numbers() {
    var counters = dispatcher.counters();
    // The numbers of the store are the same at all nodes; those of the process are its own.
    var here = storage.shared() ? " at this node" : "";
    var numbers = new LinkedHashMap<String, Long>();
    numbers.put("Operations waiting", storage.operations().queued());
    if (held.count() > 0) {
      numbers.put(
          "Operations held: the store is a copy; run 'backlane store resume'", held.count());
    }
    numbers.put("Attempts in flight" + here, (long) dispatcher.running());
    if (dispatcher.upstreamUnreachable()) {
      numbers.put("Upstream unreachable" + here, 1L);
    }
    numbers.put("Finished since the start" + here, counters.operationsFinished());
    numbers.put("Failed since the start" + here, counters.operationsFailed());
    numbers.put("Deliveries waiting", storage.deliveries().waiting());
    numbers.put(
        "Receivers with an open circuit" + here, (long) webhooks.dispatcher().openCircuits());
    return numbers;
  }
}
