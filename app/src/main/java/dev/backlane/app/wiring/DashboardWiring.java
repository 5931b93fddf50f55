package dev.backlane.app.wiring;

import dev.backlane.app.config.reader.ShownValue;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.admin.SubscriptionChanges;
import dev.backlane.gateway.dashboard.Dashboard;
import dev.backlane.gateway.dashboard.Dashboard.Section;
import dev.backlane.gateway.dashboard.SignInPages;
import dev.backlane.gateway.dashboard.live.LiveStreams;
import dev.backlane.gateway.dashboard.operations.FailedPage;
import dev.backlane.gateway.dashboard.operations.JobsPage;
import dev.backlane.gateway.dashboard.operations.Lookup;
import dev.backlane.gateway.dashboard.operations.OperationsPage;
import dev.backlane.gateway.dashboard.operations.PausesPage;
import dev.backlane.gateway.dashboard.overview.History;
import dev.backlane.gateway.dashboard.overview.OverviewPage;
import dev.backlane.gateway.dashboard.overview.Status;
import dev.backlane.gateway.dashboard.page.Assets;
import dev.backlane.gateway.dashboard.page.Responses;
import dev.backlane.gateway.dashboard.system.AuditPage;
import dev.backlane.gateway.dashboard.system.ConfigurationPage;
import dev.backlane.gateway.dashboard.system.NodesPage;
import dev.backlane.gateway.dashboard.webhooks.Deliveries;
import dev.backlane.gateway.dashboard.webhooks.DeliveriesPage;
import dev.backlane.gateway.dashboard.webhooks.SubscriptionsPage;
import dev.backlane.gateway.operator.AuditLog;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.telemetry.MetricsRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The pages of the dashboard, and what they show of this process.
///
/// @param started the configuration of the start
/// @param metrics has what the process did by route, tenant and upstream
/// @param memory for bodies
/// @param stopping whether the gateway is shutting down
/// @param node the name of this process in the store
/// @param startedAt when this process started
record DashboardWiring(
    LiveConfig live,
    Config started,
    Storage storage,
    WebhookWiring webhooks,
    Dispatcher dispatcher,
    OperationsWiring operations,
    MetricsRegistry metrics,
    MemoryBudget memory,
    BooleanSupplier stopping,
    String node,
    Instant startedAt) {

  /// @param signIn constructs the pages of the sign-in
  Dashboard dashboard(
      OperatorAuthorizer authorizer,
      SubscriptionChanges changes,
      AuditLog audit,
      Function<Responses, SignInPages> signIn) {
    var assets = Assets.load();
    var responses = new Responses(assets);
    var threads = Threads.VIRTUAL;
    var history = new History(this::reading, metrics::activity, storage.clock(), threads, stopping);
    history.start();
    return new Dashboard(
        authorizer,
        signIn.apply(responses),
        responses,
        assets,
        new LiveStreams(LiveStreams.INTERVAL, stopping, threads),
        sections(authorizer, history, changes, audit));
  }

  private List<Section> sections(
      OperatorAuthorizer authorizer, History history, SubscriptionChanges changes, AuditLog audit) {
    var lookup = new Lookup(operations.finder(), storage.operations());
    var deliveries =
        new Deliveries(storage.deliveries(), webhooks.dispatcher(), webhooks.subscriptions());
    var subscriptions = webhooks.subscriptions();
    var sections = new ArrayList<Section>();
    sections.add(
        new Section(
            "/ui", "Overview", new OverviewPage(this::status, subscriptions, history), true));
    sections.add(
        new Section(
            "/ui/operations",
            "Operations",
            new OperationsPage(lookup, operations.actions(), authorizer),
            true));
    sections.add(new Section("/ui/failed", "Failed and unknown", new FailedPage(lookup), true));
    sections.add(new Section("/ui/jobs", "Jobs", new JobsPage(operations.jobs()), true));
    sections.add(new Section("/ui/pauses", "Pauses", new PausesPage(operations.pauses()), true));
    sections.add(new Section("/ui/deliveries", "Deliveries", new DeliveriesPage(deliveries), true));
    sections.add(
        new Section(
            "/ui/subscriptions",
            "Subscriptions",
            new SubscriptionsPage(subscriptions, changes, deliveries),
            true));
    sections.add(
        new Section(
            "/ui/nodes",
            "Nodes",
            new NodesPage(this::status, () -> storage.store().inspection().nodes()),
            true));
    sections.add(
        new Section(
            "/ui/configuration",
            "Configuration",
            new ConfigurationPage(this::configuration),
            false));
    if (audit.file().isPresent()) {
      sections.add(new Section("/ui/audit", "Audit", new AuditPage(audit), true));
    }
    return sections;
  }

  private History.Reading reading() {
    var counters = dispatcher.counters();
    return new History.Reading(
        counters.operationsAccepted(),
        counters.operationsFinished(),
        counters.operationsFailed(),
        counters.operationsOutcomeUnknown(),
        storage.operations().queued(),
        dispatcher.running());
  }

  private Status status() {
    return new Status(
        new Status.Node(
            node,
            Version.text(),
            startedAt,
            storage.shared(),
            stopping.getAsBoolean(),
            memory.bytesUsed(),
            memory.bytesMax()),
        work(),
        new Status.Deliveries(
            storage.deliveries().waiting(),
            webhooks.dispatcher().running(),
            webhooks.dispatcher().openCircuits()),
        store());
  }

  private Status.Work work() {
    var counters = dispatcher.counters();
    return new Status.Work(
        storage.operations().queued(),
        dispatcher.running(),
        dispatcher.concurrencyLimit(),
        operations.held().count(),
        dispatcher.outcomesHeld(),
        started.upstream().url(),
        dispatcher.upstreamUnreachable(),
        dispatcher.routeLoads(),
        new Status.Totals(
            counters.operationsAccepted(),
            counters.operationsFinished(),
            counters.operationsFailed(),
            counters.operationsOutcomeUnknown(),
            counters.operationsCanceled(),
            counters.operationsSetAside()));
  }

  private Status.Store store() {
    var refusal = storage.admission().refusal();
    var damaged = storage.store().damagedRecords();
    return switch (started.store()) {
      case StoreSection.Memory _ ->
          new Status.Store(
              "memory", "lost when this process ends", refusal, damaged, Optional.empty());
      case StoreSection.RocksDb(var path, var _, var _, var _) ->
          new Status.Store(
              "rocksdb",
              path.toAbsolutePath().toString(),
              refusal,
              damaged,
              Optional.of(disk(path)));
      case StoreSection.Postgres(var database, var _, var _) ->
          new Status.Store(
              "postgres",
              database.url().replaceFirst("^jdbc:", "").replaceFirst("\\?.*", ""),
              refusal,
              damaged,
              Optional.empty());
    };
  }

  private static Status.Disk disk(Path path) {
    try {
      var disk = Files.getFileStore(path);
      return new Status.Disk(disk.getUsableSpace(), disk.getTotalSpace());
    } catch (IOException failed) {
      throw new StoreException(
          "cannot read the space of the disk of " + path + ": " + failed.getMessage(), failed);
    }
  }

  // A setting that is not reloadable is in force as it was at the start.
  private List<ConfigurationPage.Line> configuration() {
    var present = new HashMap<String, ShownValue>();
    live.get().shown().forEach(value -> present.put(value.setting().key(), value));
    return started.shown().stream()
        .map(value -> {
          var setting = value.setting();
          var inForce = setting.reloadable() ? present.getOrDefault(setting.key(), value) : value;
          return new ConfigurationPage.Line(
              setting.key(),
              inForce.value(),
              inForce.origin(),
              setting.description(),
              setting.reloadable());
        })
        .toList();
  }
}
