package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.retention.Retention;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.Router;
import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.api.ListResponse;
import dev.backlane.gateway.api.OperationResource;
import dev.backlane.gateway.api.StateResponse;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.intake.BodyReader;
import dev.backlane.gateway.intake.CallReader;
import dev.backlane.gateway.intake.Capacity;
import dev.backlane.gateway.intake.Enqueuer;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.intake.WaitingResponse;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.Metrics;
import dev.backlane.gateway.proxy.ProxyHandler;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.gateway.refresh.Refresher;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Constructs the parts of a gateway, and starts and stops them in order.
///
/// ```text
/// JettyListener ─▶ Router ─▶ Intake ─▶ OperationStore ◀─ Dispatcher ─▶ Worker ─▶ UpstreamWiring
///                      ├───▶ BackgroundApi ─▶ OperationStore
///                      ├───▶ OperatorWiring: OperatorEndpoints, AdminApi, Dashboard
///                      └───▶ ProxyHandler ─▶ UpstreamWiring
/// WebhookWiring: DeliveryStore ◀─ DeliveryDispatcher ─▶ receivers
/// ```
public final class Wiring implements RunningGateway {
  /// The lease with a store of one process. The process locks the store, so that no other process
  /// can take over its operations.
  private static final Duration LEASE_OF_ONE_PROCESS = Duration.ofDays(36_500);

  /// A change of a subscription takes effect at the other nodes within this time; each read returns
  /// two small lists.
  private static final Duration SUBSCRIPTIONS_READ_EVERY = Duration.ofSeconds(3);

  /// How often new data keys are read; a missing one is also read when it is needed.
  private static final Duration DATA_KEYS_READ_EVERY = Duration.ofSeconds(30);

  private final Config config;
  private final InstantSource clock;
  private final Storage storage;
  private final RandomGenerator random = new SecureRandom();
  private final Completions completions = new Completions();
  private final OperationStore store;
  private final CredentialSeal seal;
  private final TlsContexts tls;
  private final Threads threads = Threads.VIRTUAL;
  private final WebhookWiring webhooks;
  private final AuditLog audit;
  private final UpstreamWiring upstream;
  private final Dispatcher dispatcher;
  private final HeldOperations held;
  private final Retention retention;
  private final List<Refresher> refreshers;
  private final Metrics metrics;
  private final RequestAuthorizer authorizer;
  private final JettyListener listener;

  private Wiring(Config config, Storage storage) {
    this.config = config;
    this.clock = storage.clock();
    this.storage = storage;
    this.tls = TlsContexts.of(config, threads);
    this.webhooks = WebhookWiring.of(config, storage, tls.webhooks()::present, threads, random);
    this.store = storage.operations();
    this.audit = AuditLog.open(config.admin().auditLog(), clock);
    this.seal = new CredentialSeal(storage.keys());
    this.upstream = UpstreamWiring.of(config, seal, tls.upstream(), clock);
    var settlement = settlement();
    this.dispatcher = dispatcher(settlement);
    this.held = held(settlement);
    this.retention = new Retention(store, config.limits().retention(), clock, threads);
    this.refreshers = refreshers();
    this.metrics = new Metrics(store, dispatcher, storage.deliveries(), webhooks.dispatcher());
    this.authorizer = AuthWiring.authorizer(config.auth(), clock);
    // The port is opened first: a gateway that cannot listen must not execute stored operations.
    this.listener = listener();
    try {
      held.start();
      dispatcher.start();
      webhooks.dispatcher().start();
      storage.onWork(this::wakeDispatchers);
      retention.start();
      refreshers.forEach(Refresher::start);
      listener.serve(router(url()));
    } catch (RuntimeException fault) {
      listener.close();
      throw fault;
    }
  }

  /// Starts a gateway, which accepts requests on return.
  ///
  /// @throws StartException if the environment prevents it
  public static RunningGateway start(Config config) {
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

  private void wakeDispatchers() {
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
    held.close();
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

  private Settlement settlement() {
    return new Settlement(
        store,
        new Transitions(config.routes(), clock, random),
        webhooks.notifications(),
        completions,
        threads);
  }

  private HeldOperations held(Settlement settlement) {
    return new HeldOperations(
        store, storage.store(), settlement, config.holdInCopy(), dispatcher::wake, threads);
  }

  private Dispatcher dispatcher(Settlement settlement) {
    var execution = config.execution();
    var settings =
        new ExecutionSettings(
            config.routes(),
            UUID.randomUUID().toString(),
            storage.shared() ? execution.lease() : LEASE_OF_ONE_PROCESS,
            execution.concurrency(),
            execution.concurrencyPerTenant(),
            execution.latencyTarget());
    return new Dispatcher(store, upstream.calls(), settlement, settings, threads, clock);
  }

  private List<Refresher> refreshers() {
    return storage.shared()
        ? List.of(
            new Refresher(
                "subscriptions",
                SUBSCRIPTIONS_READ_EVERY,
                webhooks.subscriptions()::refresh,
                threads),
            new Refresher("data keys", DATA_KEYS_READ_EVERY, storage.keys()::refresh, threads))
        : List.of();
  }

  private JettyListener listener() {
    var settings = config.server().listener().withTls(tls.server().map(ReloadingTls::lasting));
    try {
      return JettyListener.open(settings);
    } catch (UncheckedIOException taken) {
      throw new StartException(String.valueOf(taken.getMessage()), taken);
    }
  }

  private CallHandler router(URI publicUrl) {
    var address = new PublicAddress(publicUrl, config.server().prefixes());
    var operators = new OperatorWiring(config, storage, webhooks, dispatcher, held, metrics, audit);
    return new Router(
        api(address),
        operators.routes(publicUrl, address),
        intake(address),
        new ProxyHandler(upstream.client(), config.upstream().responseTimeout()));
  }

  private BackgroundApi api(PublicAddress address) {
    var state = new StateResponse(store, completions, address, clock, config.limits().waitMax());
    return new BackgroundApi(
        authorizer,
        new RateLimit("reads", config.limits().readsPerMinute()),
        address,
        new OperationResource(store, retention, dispatcher, state),
        new ListResponse(store, retention, address));
  }

  private Intake intake(PublicAddress address) {
    var limits = config.limits();
    return new Intake(
        new CallReader(authorizer, address, webhooks.receivers(config.webhooks().urlInHeader())),
        new RateLimit("background calls", limits.callsPerMinute()),
        new Capacity(store, storage.admission(), dispatcher, limits.queueMax()),
        new BodyReader(store, limits.requestBodyBytesMax()),
        new Enqueuer(
            new OperationIds(clock, random),
            new Acceptor(store, dispatcher, clock),
            seal,
            config.limits().retention(),
            clock),
        new WaitingResponse(store, completions, limits.waitMax()));
  }
}
