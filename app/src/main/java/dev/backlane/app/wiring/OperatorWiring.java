package dev.backlane.app.wiring;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.sections.AdminSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.gateway.OperatorRoutes;
import dev.backlane.gateway.admin.AdminApi;
import dev.backlane.gateway.admin.AdminOpenApi;
import dev.backlane.gateway.admin.DeliveriesResource;
import dev.backlane.gateway.admin.JobsResource;
import dev.backlane.gateway.admin.PausesResource;
import dev.backlane.gateway.admin.SubscriptionChanges;
import dev.backlane.gateway.admin.SubscriptionFields;
import dev.backlane.gateway.admin.SubscriptionsResource;
import dev.backlane.gateway.admin.TestEvents;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.dashboard.OpenIdConnect;
import dev.backlane.gateway.dashboard.SignInPages;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.maintenance.StoreMaintenance;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.OpenApiDocuments;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.gateway.operator.OperatorGate;
import dev.backlane.gateway.operator.Readiness;
import dev.backlane.gateway.operator.Sessions;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.seal.StoredSealOpener;
import dev.backlane.gateway.telemetry.MetricsRegistry;
import dev.backlane.protocol.openapi.OpenApiSettings;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// The parts that operators use: probes and metrics, the admin API and the dashboard.
///
/// ```text
/// OperatorAuthorizer ◀─ AdminApi ─▶ Subscriptions, DeliveryStore
///        ▲──────── Dashboard ─▶ the same (DashboardWiring)
/// ```
///
/// @param memory for bodies
/// @param stopping whether the gateway is shutting down
/// @param node the name of this process in the store
record OperatorWiring(
    LiveConfig live,
    Storage storage,
    WebhookWiring webhooks,
    Dispatcher dispatcher,
    OperationsWiring operations,
    MetricsRegistry metrics,
    AuditLog audit,
    MemoryBudget memory,
    BooleanSupplier stopping,
    String node) {

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
        admin.token().map(Secret::value),
        admin.readToken().map(Secret::value),
        admin.metricsToken().map(Secret::value));
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
    var changes = changes(authorizer, clients);
    return new OperatorRoutes(
        endpoints,
        storeMaintenance(authorizer),
        adminApi(authorizer, changes, new PublicAddress(operatorsUrl, List.of())),
        dashboard(authorizer, changes, operatorsUrl, issuers),
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

  /// The present `admin.read-token`.
  private Optional<String> readToken() {
    return live.get().admin().readToken().map(Secret::value);
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
                    new TreeSet<>(each.values()).toString(),
                    new TreeSet<>(each.readValues()).toString()));
    var open = config().admin().open() ? "\nopen" : "";
    return token().orElse("") + "\n" + readToken().orElse("") + "\n" + provider.orElse("") + open;
  }

  private SubscriptionChanges changes(OperatorAuthorizer authorizer, PublicAddress clients) {
    var clock = storage.clock();
    return new SubscriptionChanges(
        webhooks.subscriptions(),
        new SubscriptionFields(webhooks.addresses()),
        authorizer,
        new TestEvents(
            new OperationIds(clock, new SecureRandom()), clients, webhooks.dispatcher(), clock),
        () -> live.get().webhooks().rotationOverlap());
  }

  private AdminApi adminApi(
      OperatorAuthorizer authorizer, SubscriptionChanges changes, PublicAddress operators) {
    var deliveries =
        new DeliveriesResource(
            storage.deliveries(), webhooks.dispatcher(), authorizer, storage.clock());
    return new AdminApi(
        authorizer,
        operators,
        Map.of(
            "subscriptions",
            new SubscriptionsResource(webhooks.subscriptions(), changes, deliveries),
            "deliveries",
            deliveries,
            "operations",
            operations.resource(authorizer, deliveries),
            "pauses",
            new PausesResource(operations.pauses(), authorizer),
            "jobs",
            new JobsResource(operations.jobs(), authorizer),
            "openapi.json",
            new AdminOpenApi()));
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
      OperatorAuthorizer authorizer,
      SubscriptionChanges changes,
      URI adminUrl,
      Supplier<SSLContext> issuers) {
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
    return new DashboardWiring(
            live,
            config(),
            storage,
            webhooks,
            dispatcher,
            operations,
            metrics,
            memory,
            stopping,
            node,
            storage.clock().instant())
        .dashboard(
            authorizer,
            changes,
            audit,
            responses ->
                new SignInPages(
                    authorizer,
                    responses,
                    () -> token().or(this::readToken).isPresent(),
                    provider,
                    new Seal(storage.keys(), "operator sign-in"),
                    isSecure(adminUrl)));
  }
}
