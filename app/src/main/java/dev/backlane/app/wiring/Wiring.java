package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.LimitsSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.execution.pauses.Pauses;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.retention.Retention;
import dev.backlane.engine.store.cache.RecentEnds;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.OperatorPort;
import dev.backlane.gateway.Router;
import dev.backlane.gateway.api.BackgroundApi;
import dev.backlane.gateway.api.ListResponse;
import dev.backlane.gateway.api.OperationResource;
import dev.backlane.gateway.api.StateResponse;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.forwarding.Forwarding;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.intake.BodyReader;
import dev.backlane.gateway.intake.CallLimits;
import dev.backlane.gateway.intake.CallReader;
import dev.backlane.gateway.intake.Capacity;
import dev.backlane.gateway.intake.Enqueuer;
import dev.backlane.gateway.intake.Intake;
import dev.backlane.gateway.intake.QueueLimit;
import dev.backlane.gateway.intake.WaitingResponse;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.Readiness;
import dev.backlane.gateway.proxy.ProxyHandler;
import dev.backlane.gateway.ratelimit.CallerShares;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.gateway.ratelimit.ReadLimits;
import dev.backlane.gateway.ratelimit.Waits;
import dev.backlane.gateway.refresh.Refresher;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.telemetry.MeasuredStore;
import dev.backlane.gateway.tls.ReloadingTls;
import dev.backlane.gateway.tls.TlsException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Constructs the parts of a gateway, and starts and stops them in order.
///
/// ```text
/// JettyListener ─▶ Router ─▶ Intake ─▶ OperationStore ◀─ Dispatcher ─▶ Worker ─▶ UpstreamWiring
///                      ├───▶ BackgroundApi ─▶ OperationStore
///                      ├───▶ OperatorWiring: OperatorEndpoints, AdminApi, Dashboard
///                      │        ▲── OperatorPort ◀─ JettyListener, with admin.port
///                      └───▶ ProxyHandler ─▶ UpstreamWiring
/// WebhookWiring: DeliveryStore ◀─ DeliveryDispatcher ─▶ receivers
/// ```
public final class Wiring implements RunningGateway {
  /// The lease with a store of one process. The process locks the store, so that no other process
  /// can take over its operations.
  private static final Duration LEASE_OF_ONE_PROCESS = Duration.ofDays(36_500);

  /// How long delivery attempts, and calls that the drain did not wait for, may continue while the
  /// gateway closes; each.
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

  /// The part of the memory for bodies that contents and lists may occupy while they are sent.
  private static final int READS_PERCENT = 50;

  private final String holder = UUID.randomUUID().toString();
  private final Config config;
  private final LiveConfig live;
  private final ProcessLimits limits = ProcessLimits.current();
  private final MemoryBudget memory;
  private final InstantSource clock;
  private final InstantSource wall;
  private final Storage storage;
  private final RandomGenerator random = new SecureRandom();
  private final Completions completions = new Completions();
  private final CallerShares shares;
  private final OutcomeWiring spool;
  private final RecentEnds store;
  private final CredentialSeal seal;
  private final TlsContexts tls;
  private final Threads threads = Threads.VIRTUAL;
  private final WebhookWiring webhooks;
  private final AuditLog audit;
  private final UpstreamWiring upstream;
  private final Pauses pauses;
  private final Dispatcher dispatcher;
  private final HeldOperations held;
  private final OperationsWiring operations;
  private final Retention retention;
  private final List<Refresher> refreshers;
  private final TelemetryWiring telemetry;
  private final RequestAuthorizer authorizer;
  private final JettyListener listener;
  private final Optional<JettyListener> operatorListener;
  private final Shutdown shutdown;

  /// @param wall the wall clock, by which other systems judge: for tokens, signatures and the audit
  ///     log
  private Wiring(Config config, Storage storage, InstantSource wall) {
    this.config = config;
    this.live = new LiveConfig(config);
    this.memory = limits.memoryForBodies(config.limits());
    this.shares = shares();
    this.clock = storage.clock();
    this.wall = wall;
    this.storage = storage;
    this.tls = TlsContexts.of(config, threads);
    this.telemetry = TelemetryWiring.of(config, clock);
    this.spool = OutcomeWiring.of(config, storage.keys());
    this.store =
        new RecentEnds(new MeasuredStore(spool.store(storage.operations()), telemetry.registry()));
    this.webhooks =
        WebhookWiring.of(live, storage, store, wall, tls.webhooks()::present, random, telemetry);
    this.audit = AuditLog.open(config.admin().auditLog(), wall);
    this.seal = new CredentialSeal(storage.keys());
    this.upstream = UpstreamWiring.of(live, seal, tls, memory, clock, wall, telemetry);
    this.pauses = new Pauses(storage.records(), clock);
    var settlement = settlement();
    this.dispatcher = dispatcher(settlement);
    this.held = held(settlement);
    this.operations = operations();
    this.retention = new Retention(store, () -> live.get().limits().retention(), clock, threads);
    this.refreshers = refreshers();
    telemetry.measure(storage, store, dispatcher, webhooks, memory);
    this.authorizer = AuthWiring.authorizer(config.auth(), tls.issuers()::present, wall);
    // The port is opened first: a gateway that cannot listen must not execute stored operations.
    this.listener = listener();
    this.operatorListener = operatorListener();
    this.shutdown = new Shutdown(listener, dispatcher, threads);
    try {
      held.start();
      dispatcher.start();
      webhooks.dispatcher().start();
      storage.onWork(this::wakeDispatchers);
      retention.start();
      refreshers.forEach(Refresher::start);
      serve(url());
    } catch (RuntimeException fault) {
      listener.close();
      operatorListener.ifPresent(JettyListener::close);
      spool.close();
      throw fault;
    }
  }

  /// Starts a gateway, which accepts requests on return.
  ///
  /// @throws StartException if the environment prevents it
  public static RunningGateway start(Config config) {
    var wall = Clock.systemUTC();
    var storage = Storage.open(config, wall);
    try {
      return new Wiring(config, storage, wall);
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
  public URI operatorsUrl() {
    return config
        .admin()
        .urlAt(operatorListener.map(JettyListener::port), url(), config.server().secure());
  }

  @Override
  public String announcement() {
    return "Backlane serves "
        + url()
        + " in front of "
        + config.upstream().url()
        + operatorListener.map(_ -> "; operators use " + operatorsUrl()).orElse("");
  }

  @Override
  public Map<String, Object> facts() {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("version", Version.text());
    facts.put("url", url());
    facts.put("operators_url", operatorsUrl());
    facts.put("upstream", config.upstream().url());
    facts.put("store", config.store().place());
    facts.put("operations_queued", store.queued());
    facts.put("operations_held", held.count());
    facts.put("outcomes_held", dispatcher.outcomesHeld());
    facts.put("deliveries_waiting", storage.deliveries().waiting());
    return facts;
  }

  @Override
  public void reload(Config next) {
    webhooks.subscriptions().configure(next.subscriptions());
    live.replace(next);
    dispatcher.wake();
  }

  @Override
  public Duration stopMax() {
    var present = live.get();
    return present
        .server()
        .shutdownDelay()
        .plus(present.execution().drainTimeout())
        .plus(Shutdown.REST_MAX);
  }

  @Override
  public void stopNow() {
    shutdown.hurry();
  }

  @Override
  public void close() {
    shutdown.run(live.get().server().shutdownDelay(), live.get().execution().drainTimeout());
    dispatcher.drain(Duration.ZERO);
    operations.close();
    held.close();
    var grace = shutdown.hurrying() ? Duration.ZERO : CLOSE_GRACE;
    webhooks.close(grace);
    listener.close(grace);
    // Until here, operators see how the drain proceeds.
    operatorListener.ifPresent(own -> own.close(grace));
    retention.close();
    refreshers.forEach(Refresher::close);
    upstream.close();
    telemetry.close();
    audit.close();
    tls.close();
    spool.close();
    storage.close();
  }

  private Settlement settlement() {
    return new Settlement(
        store,
        new Transitions(() -> live.get().routes(), clock, random),
        webhooks.notifications(),
        completions,
        threads,
        spool.outcomes());
  }

  private HeldOperations held(Settlement settlement) {
    var effects = new HeldOperations.Effects(dispatcher::wake, store::clear);
    return new HeldOperations(
        store, storage.store(), settlement, config.holdInCopy(), effects, threads);
  }

  private Dispatcher dispatcher(Settlement settlement) {
    var execution = config.execution();
    boolean manyTenants = config.manyTenants();
    var settings =
        new ExecutionSettings(
            () -> live.get().routes(),
            holder,
            storage.shared() ? execution.lease() : LEASE_OF_ONE_PROCESS,
            () -> live.get().execution().concurrency(manyTenants),
            pauses);
    return new Dispatcher(store, upstream.calls(), settlement, settings, threads, clock);
  }

  private List<Refresher> refreshers() {
    return storage.shared()
        ? new SharedReads(storage, store, webhooks.subscriptions(), completions, pauses, dispatcher)
            .refreshers(threads)
        : List.of();
  }

  private CallerShares shares() {
    return CallerShares.of(
        () -> live.get().limits().uploadsPerCaller(),
        () -> live.get().limits().downloadsPerCaller(),
        () -> live.get().limits().listsPerCaller(),
        () -> live.get().limits().waitsPerCaller());
  }

  private Waits waits() {
    return new Waits(completions, () -> live.get().limits().waitMax(), shares.waits());
  }

  private JettyListener listener() {
    ProcessLimits.warnIfItSurvivesOutOfMemory();
    return open(
        config
            .server()
            .listener()
            .withCapacity(limits.connectionsMax(config), limits.connectionBytesMax()),
        "server");
  }

  private Optional<JettyListener> operatorListener() {
    try {
      return config
          .admin()
          .listener()
          .map(own -> own.withCapacity(own.connectionsMax(), limits.operatorBytesMax()))
          .map(own -> open(own, "admin"));
    } catch (StartException unusable) {
      listener.close();
      throw unusable;
    }
  }

  /// @param section of the settings, for the fix
  private JettyListener open(ListenerSettings settings, String section) {
    try {
      return JettyListener.open(settings.withTls(tls.server().map(ReloadingTls::lasting)));
    } catch (UncheckedIOException taken) {
      throw new StartException(
          taken.getMessage() + ", or set another " + section + ".host or " + section + ".port",
          taken);
    }
  }

  private void serve(URI publicUrl) {
    var address = new PublicAddress(publicUrl, config.server().prefixes());
    var forwarding = new Forwarding(config.server().proxies());
    var locations = locations(address);
    var readiness =
        new Readiness(
            store,
            storage.admission(),
            shutdown::begun,
            () -> live.get().server().readyWithoutStore());
    telemetry.measure(config, readiness, listener, operatorListener);
    var gate = OperatorWiring.gate(live, threads);
    var operators =
        new OperatorWiring(
                live,
                storage,
                webhooks,
                dispatcher,
                operations,
                telemetry.registry(),
                audit,
                memory,
                shutdown::begun,
                holder)
            .routes(publicUrl, address, operatorsUrl(), gate, readiness, tls.issuers()::present);
    operatorListener.ifPresent(own -> own.serve(new OperatorPort(operators), telemetry.http()));
    listener.serve(
        new Router(
            api(address, locations),
            operatorListener.isPresent() ? Optional.empty() : Optional.of(operators),
            gate,
            intake(address, forwarding, locations),
            new ProxyHandler(
                upstream.client(), config.upstream().responseTimeout(), forwarding, locations),
            config.server().origins()),
        telemetry.http());
  }

  private UpstreamLocations locations(PublicAddress address) {
    return config.upstream().rewriteLocation()
        ? UpstreamLocations.replaced(config.upstream().url(), address.uriOf(""))
        : UpstreamLocations.unchanged();
  }

  private BackgroundApi api(PublicAddress address, UpstreamLocations locations) {
    var reads = memory.part(READS_PERCENT);
    var state = new StateResponse(store, address, clock, locations, waits());
    return new BackgroundApi(
        authorizer,
        config.ownership(),
        new ReadLimits(
            new RateLimit("reads", () -> live.get().limits().readsPerMinute()),
            shares.lists(),
            shares.downloads()),
        address,
        new OperationResource(store, retention, dispatcher, state, reads),
        new ListResponse(store, address, reads, locations));
  }

  private OperationsWiring operations() {
    return OperationsWiring.of(
        new OperationsWiring.Parts(
            live, storage, store, dispatcher, webhooks.dispatcher(), held, pauses),
        acceptor(),
        capacity(),
        seal,
        memory);
  }

  private Acceptor acceptor() {
    return new Acceptor(store, dispatcher, clock);
  }

  private Capacity capacity() {
    return new Capacity(
        store, storage.admission(), dispatcher, () -> queueLimit(live.get().limits()));
  }

  private QueueLimit queueLimit(LimitsSection bounds) {
    return new QueueLimit(bounds.queueMax(), bounds.queueMaxPerTenant(), config.manyTenants());
  }

  private Intake intake(PublicAddress address, Forwarding forwarding, UpstreamLocations locations) {
    Supplier<LimitsSection> bounds = () -> live.get().limits();
    return new Intake(
        new CallReader(
            authorizer,
            address,
            webhooks.receivers(live),
            forwarding,
            () -> live.get().trigger().prefer(),
            AuthWiring.tokenCheck(config.upstream().credentials(), wall)),
        new CallLimits(
            new RateLimit("background calls", () -> bounds.get().callsPerMinute()), capacity()),
        new BodyReader(store, () -> bounds.get().requestBodyBytesMax(), memory, shares.uploads()),
        new Enqueuer(new OperationIds(clock, random), acceptor(), seal, config.ownership()),
        new WaitingResponse(store, memory.part(READS_PERCENT), locations, waits()),
        telemetry.tracing());
  }
}
