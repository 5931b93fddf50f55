package dev.backlane.app;

import dev.backlane.app.config.AuthConfig;
import dev.backlane.app.config.Config;
import dev.backlane.app.config.CredentialsConfig;
import dev.backlane.app.config.RouteConfig;
import dev.backlane.app.config.Secret;
import dev.backlane.app.config.StoreConfig;
import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.execution.Threads;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.retention.Retention;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.OperatorRoutes;
import dev.backlane.gateway.Router;
import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.api.ListResponse;
import dev.backlane.gateway.api.OperationResource;
import dev.backlane.gateway.api.StateResponse;
import dev.backlane.gateway.auth.AnonymousAuthenticator;
import dev.backlane.gateway.auth.Authenticator;
import dev.backlane.gateway.auth.IntrospectingAuthenticator;
import dev.backlane.gateway.auth.IntrospectionSettings;
import dev.backlane.gateway.auth.JwtAuthenticator;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.auth.Scopes;
import dev.backlane.gateway.credentials.ExchangedCredentials;
import dev.backlane.gateway.credentials.ForwardedCredentials;
import dev.backlane.gateway.credentials.GatewayCredentials;
import dev.backlane.gateway.credentials.IdentityHeader;
import dev.backlane.gateway.credentials.NoCredentials;
import dev.backlane.gateway.credentials.TokenEndpoint;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.helidon.HelidonListener;
import dev.backlane.gateway.intake.BodyReader;
import dev.backlane.gateway.intake.CallReader;
import dev.backlane.gateway.intake.Capacity;
import dev.backlane.gateway.intake.Enqueuer;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.intake.WaitingResponse;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.Metrics;
import dev.backlane.gateway.operator.OperatorEndpoints;
import dev.backlane.gateway.operator.OperatorToken;
import dev.backlane.gateway.proxy.ProxyHandler;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.gateway.refresh.Refresher;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import dev.backlane.gateway.upstream.Credentials;
import dev.backlane.gateway.upstream.HttpUpstream;
import dev.backlane.gateway.upstream.UpstreamClient;
import dev.backlane.protocol.OpenApi;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Puts the parts together: the one place that knows every class.
///
/// ```text
/// HelidonListener ─▶ Router ─▶ Intake ─▶ OperationStore ◀─ Dispatcher ─▶ Worker ─▶ HttpUpstream ─▶ UpstreamClient
///                      ├───▶ BackgroundApi ─▶ OperationStore
///                      ├───▶ OperatorRoutes ─▶ OperatorEndpoints, AdminApi, Dashboard
///                      └───▶ ProxyHandler ─▶ UpstreamClient
/// Webhooks ─▶ DeliveryStore
/// ```
final class Wiring implements RunningGateway {
  /// A store of one process is locked by it: nobody else can take over what it runs, however long it is silent.
  private static final Duration LEASE_OF_ONE_PROCESS = Duration.ofDays(36_500);

  /// How long other nodes use a subscription as it was before an operator changed it: two small lists each.
  private static final Duration SUBSCRIPTIONS_READ_EVERY = Duration.ofSeconds(3);

  /// A new data key is made for caution, not for haste; those that are needed are found when they are.
  private static final Duration DATA_KEYS_READ_EVERY = Duration.ofSeconds(30);

  private final Config config;
  private final InstantSource clock;
  private final Storage storage;
  private final RandomGenerator random = new SecureRandom();
  private final Completions completions = new Completions();
  private final OperationStore store;
  private final CredentialSeal seal;
  private final TlsContexts tls;
  private final Surroundings surroundings;
  private final WebhookWiring webhooks;
  private final AuditLog audit;
  private final UpstreamClient upstream;
  private final Dispatcher dispatcher;
  private final Retention retention;
  private final List<Refresher> refreshers;
  private final Metrics metrics;
  private final RequestAuthorizer gatekeeper;
  private final HelidonListener listener;

  private Wiring(Config config, Storage storage) {
    this.config = config;
    this.clock = storage.clock();
    this.storage = storage;
    this.tls = TlsContexts.of(config);
    this.surroundings = new Surroundings(Threads.VIRTUAL, clock, random);
    this.webhooks = WebhookWiring.of(config, storage, tls.webhooks()::present, surroundings);
    this.store = webhooks.store();
    this.audit = AuditLog.open(auditLog(config), clock);
    this.seal = new CredentialSeal(storage.keys());
    this.upstream =
        new UpstreamClient(
            config.upstream().url(),
            config.upstream().connectTimeout(),
            config.upstream().connectionsMax(),
            tls.upstream()::present);
    this.dispatcher = dispatcher();
    this.retention = new Retention(store, config.retention(), clock);
    this.refreshers = refreshers();
    this.metrics = new Metrics(store, dispatcher, storage.deliveries(), webhooks.dispatcher());
    this.gatekeeper = gatekeeper(config.auth());
    // The port comes first: a gateway that cannot be reached must not begin to execute what is
    // stored.
    this.listener = listener();
    try {
      dispatcher.start();
      webhooks.dispatcher().start();
      storage.workHints().accept(this::look);
      retention.start();
      refreshers.forEach(Refresher::start);
      listener.serve(router(url()));
    } catch (RuntimeException fault) {
      listener.close();
      throw fault;
    }
  }

  /// Starts the gateway; it serves when this returns.
  ///
  /// @throws StartException when the environment does not let it
  static RunningGateway start(Config config) {
    var storage = Storage.open(config, Clock.systemUTC());
    try {
      return new Wiring(config, storage);
    } catch (StoreException | TlsException unusable) {
      storage.close();
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    } catch (RuntimeException fault) {
      storage.close();
      throw fault;
    }
  }

  private void look() {
    dispatcher.wake();
    webhooks.dispatcher().wake();
  }

  @Override
  public URI url() {
    return config.server().publicUrlAt(listener.port());
  }

  @Override
  public String announcement() {
    return "Backlane serves " + url() + " in front of " + config.upstream().url();
  }

  @Override
  public void close() {
    dispatcher.drain(config.execution().drainTimeout());
    webhooks.close();
    listener.close();
    retention.close();
    refreshers.forEach(Refresher::close);
    upstream.close();
    metrics.close();
    audit.close();
    tls.close();
    storage.close();
  }

  private Dispatcher dispatcher() {
    var execution = config.execution();
    var calls =
        new HttpUpstream(upstream, credentials(), config.limits().responseBodyBytesMax(), clock);
    var crew =
        new Dispatcher.Crew(
            UUID.randomUUID().toString(),
            storage.shared() ? execution.lease() : LEASE_OF_ONE_PROCESS,
            execution.concurrency(),
            execution.concurrencyPerTenant(),
            execution.latencyTarget());
    return new Dispatcher(store, calls, routes(), completions, crew, surroundings);
  }

  private List<Refresher> refreshers() {
    return storage.shared()
        ? List.of(
            new Refresher(
                "subscriptions",
                SUBSCRIPTIONS_READ_EVERY,
                webhooks.subscriptions()::refresh,
                surroundings.threads()),
            new Refresher(
                "data keys", DATA_KEYS_READ_EVERY, storage.keys()::refresh, surroundings.threads()))
        : List.of();
  }

  private Routes routes() {
    var declared =
        config.routes().stream()
            .map(route ->
                new Routes.Route(route.path(), route.methods(), route.concurrency(), policy(route)))
            .toList();
    return new Routes(
        declared,
        new ExecutionPolicy(config.execution().retry(), config.upstream().attemptTimeout()));
  }

  private static ExecutionPolicy policy(RouteConfig route) {
    return new ExecutionPolicy(route.retry(), route.attemptTimeout());
  }

  private RequestAuthorizer gatekeeper(AuthConfig auth) {
    return switch (auth) {
      case AuthConfig.None _ -> new RequestAuthorizer(new AnonymousAuthenticator(), new Scopes(""));
      case AuthConfig.Jwt jwt -> new RequestAuthorizer(tokens(jwt), new Scopes(jwt.scopePrefix()));
      case AuthConfig.Introspection asked ->
          new RequestAuthorizer(introspection(asked), new Scopes(asked.scopePrefix()));
    };
  }

  private Authenticator tokens(AuthConfig.Jwt jwt) {
    var keys =
        switch (jwt.keys()) {
          case AuthConfig.Keys.Url(URI url) -> new JwtSettings.KeysAt(url);
          case AuthConfig.Keys.File(Path file) -> new JwtSettings.KeysIn(file);
        };
    var settings =
        new JwtSettings(
            jwt.issuer(),
            jwt.audience(),
            keys,
            claims(jwt.claims()),
            jwt.scopePrefix(),
            jwt.algorithms());
    return new JwtAuthenticator(settings, clock);
  }

  private static JwtSettings.Claims claims(AuthConfig.Claims claims) {
    return new JwtSettings.Claims(claims.tenant(), claims.client(), claims.subject());
  }

  private Authenticator introspection(AuthConfig.Introspection asked) {
    return new IntrospectingAuthenticator(
        new IntrospectionSettings(
            asked.url(),
            asked.clientId(),
            asked.clientSecret().value(),
            asked.audience(),
            claims(asked.claims())),
        clock);
  }

  private Credentials credentials() {
    return switch (config.upstream().credentials()) {
      case CredentialsConfig.Forward _ -> new ForwardedCredentials(seal, clock);
      case CredentialsConfig.None(var secret) -> new NoCredentials(identity(secret));
      case CredentialsConfig.ClientCredentials(var client, var secret) ->
          new GatewayCredentials(tokenEndpoint(client), identity(secret), clock);
      case CredentialsConfig.TokenExchange(var client) ->
          new ExchangedCredentials(seal, tokenEndpoint(client), clock);
    };
  }

  private Optional<IdentityHeader> identity(Optional<Secret> secret) {
    return secret.map(text -> new IdentityHeader(text.value(), clock));
  }

  private static TokenEndpoint tokenEndpoint(CredentialsConfig.TokenClient client) {
    return new TokenEndpoint(
        new TokenEndpoint.Settings(
            client.url(), client.id(), client.secret().value(), client.scope(), client.audience()));
  }

  private HelidonListener listener() {
    var server = config.server();
    var connections = server.connections();
    var settings =
        new ListenerSettings(
            server.host(),
            server.port(),
            connections.idleTimeout(),
            connections.requestTimeout(),
            connections.headerBytesMax(),
            connections.max(),
            tls.server().map(ReloadingTls::lasting));
    try {
      return HelidonListener.open(settings);
    } catch (UncheckedIOException taken) {
      throw new StartException(String.valueOf(taken.getMessage()), taken);
    }
  }

  private CallHandler router(URI publicUrl) {
    var address = new PublicAddress(publicUrl, config.server().prefixes());
    return new Router(
        api(address),
        operators(publicUrl, address),
        intake(address),
        new ProxyHandler(upstream, config.upstream().responseTimeout()));
  }

  private BackgroundApi api(PublicAddress address) {
    var state = new StateResponse(store, completions, address, clock, config.limits().waitMax());
    return new BackgroundApi(
        gatekeeper,
        new RateLimit("reads", config.limits().readsPerMinute()),
        address,
        new OperationResource(store, retention, dispatcher, state),
        new ListResponse(store, retention, address));
  }

  private Intake intake(PublicAddress address) {
    var limits = config.limits();
    return new Intake(
        new CallReader(gatekeeper, address, webhooks.receivers(config.webhooks().urlInHeader())),
        new RateLimit("background calls", limits.callsPerMinute()),
        new Capacity(store, storage.admission(), dispatcher, limits.queueMax()),
        new BodyReader(store, limits.requestBodyBytesMax()),
        new Enqueuer(
            new OperationIds(clock, random),
            new Acceptor(store, dispatcher, clock),
            seal,
            config.retention(),
            clock),
        new WaitingResponse(store, completions, limits.waitMax()));
  }

  private OperatorRoutes operators(URI publicUrl, PublicAddress address) {
    var token = operatorToken();
    var endpoints =
        new OperatorEndpoints(
            store,
            storage.admission(),
            OpenApi.document(publicUrl),
            dispatcher::draining,
            metrics,
            token);
    var parts = new OperatorWiring(config.admin(), storage, webhooks, dispatcher);
    var adminUrl = config.admin().publicUrl().orElse(publicUrl);
    var authorizer = parts.authorizer(token, audit, adminUrl, clock);
    return new OperatorRoutes(
        endpoints,
        parts.admin(authorizer, address, config.webhooks().deliveries().rotationOverlap(), clock),
        parts.dashboard(authorizer, adminUrl),
        config.admin().publicUrl().map(URI::getRawAuthority));
  }

  private static Optional<Path> auditLog(Config config) {
    return config
        .admin()
        .auditLog()
        .or(() ->
            switch (config.store()) {
              case StoreConfig.RocksDb embedded ->
                  Optional.of(embedded.path().resolve("audit.jsonl"));
              case StoreConfig.Postgres _, StoreConfig.Memory _ -> Optional.empty();
            });
  }

  // On loopback whoever asks is on the machine already.
  private OperatorToken operatorToken() {
    return OperatorToken.of(
        config.admin().token().map(Secret::value), config.server().onLoopback());
  }
}
