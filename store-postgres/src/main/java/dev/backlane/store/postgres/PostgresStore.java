package dev.backlane.store.postgres;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Sharing;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreOrigin;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.store.postgres.deliveries.PostgresDeliveryStore;
import dev.backlane.store.postgres.inspection.PostgresInspection;
import dev.backlane.store.postgres.nodes.NodeClock;
import dev.backlane.store.postgres.nodes.NodeLeases;
import dev.backlane.store.postgres.nodes.TransferLease;
import dev.backlane.store.postgres.nodes.WorkNotifier;
import dev.backlane.store.postgres.nodes.WorkSharing;
import dev.backlane.store.postgres.operations.PostgresOperationStore;
import dev.backlane.store.postgres.origin.PostgresOrigin;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.queue.QueueClaims;
import dev.backlane.store.postgres.search.PostgresSearch;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.DatabaseClock;
import dev.backlane.store.postgres.sql.Parameters;
import dev.backlane.store.postgres.sql.Schema;
import dev.backlane.store.postgres.transfer.PostgresExport;
import dev.backlane.store.postgres.transfer.PostgresImport;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The store that several nodes share, in PostgreSQL. ADR 0010 describes its layout and the reasons
/// for it. Thread-safe.
public final class PostgresStore implements Store {
  private static final Threads THREADS = Threads.VIRTUAL;

  private final Database database;
  private final InstantSource clock;
  private final NodeLeases nodes;
  private final NodeClock nodeClock;
  private final PostgresOrigin origin;
  private final TransferLease transferLease;
  private final PartitionGroups partitions;
  private final QueueClaims operationClaims;
  private final QueueClaims deliveryClaims;
  private final PostgresDeliveryStore deliveries;
  private final PostgresRecordStore records;
  private final PostgresOperationStore operations;
  private final WorkSharing sharing;
  private final Object closing = new Object();
  private boolean closed;

  private PostgresStore(
      PostgresSettings settings, Database database, Optional<InstantSource> testClock) {
    this.database = database;
    var databaseClock = new DatabaseClock();
    this.nodes = new NodeLeases(database, databaseClock);
    nodes.readDatabaseClock();
    this.nodeClock = new NodeClock(database);
    this.origin = new PostgresOrigin(database);
    this.clock = testClock.orElseGet(() -> nodeClock.start(databaseClock, THREADS));
    this.transferLease = new TransferLease(nodes, THREADS);
    this.partitions = PartitionGroups.load(database, settings.retention(), clock);
    this.operationClaims = PostgresOperationStore.claims(database);
    this.deliveryClaims = PostgresDeliveryStore.claims(database);
    this.deliveries =
        new PostgresDeliveryStore(database, partitions.ended(), deliveryClaims, clock);
    this.records = new PostgresRecordStore(database);
    this.operations =
        new PostgresOperationStore(database, partitions, operationClaims, deliveries, nodes, clock);
    var notifier = new WorkNotifier(database, settings.hints(), THREADS);
    for (var queue : List.of(operationClaims, deliveryClaims)) {
      queue.onWorkAdded(notifier::announce);
      queue.refresh(Parameters.micros(clock.instant()));
    }
    this.sharing = new WorkSharing(clock, notifier, this::anyDue, THREADS);
  }

  private boolean anyDue() {
    long now = Parameters.micros(clock.instant());
    boolean operationsDue = operationClaims.refresh(now);
    return deliveryClaims.refresh(now) || operationsDue;
  }

  /// Opens the store, and creates its tables or migrates them to this version. Its time
  /// follows that of the database, but not its jumps.
  ///
  /// @throws StoreException if the database cannot be reached, is too old, or does not guarantee
  ///     durability; the message names the fix
  public static PostgresStore open(PostgresSettings settings) {
    return open(settings, Optional.empty());
  }

  /// Opens the store with a clock other than that of the database, for tests.
  ///
  /// @throws StoreException as [#open(PostgresSettings)]
  public static PostgresStore open(PostgresSettings settings, InstantSource clock) {
    return open(settings, Optional.of(clock));
  }

  private static PostgresStore open(PostgresSettings settings, Optional<InstantSource> clock) {
    var database = Database.connect(settings.connections(), THREADS);
    try {
      Schema.prepare(database);
      new PostgresOrigin(database).recordFirst();
      return new PostgresStore(settings, database, clock);
    } catch (RuntimeException failed) {
      database.close();
      throw failed;
    }
  }

  @Override
  public OperationStore operations() {
    return operations;
  }

  @Override
  public DeliveryStore deliveries() {
    return deliveries;
  }

  @Override
  public RecordStore records() {
    return records;
  }

  @Override
  public OperationSearch search() {
    return new PostgresSearch(database, partitions.operations());
  }

  /// Refuses new operations while the database is unavailable, read-only or out of disk space.
  @Override
  public Admission admission() {
    return database.availability();
  }

  @Override
  public Optional<Sharing> sharing() {
    return Optional.of(sharing);
  }

  @Override
  public Instant latestTime() {
    return nodeClock.latest();
  }

  @Override
  public StoreOrigin origin() {
    return origin;
  }

  @Override
  public long damagedRecords() {
    return database.damage().records();
  }

  @Override
  public StoreInspection inspection() {
    return new PostgresInspection(database, partitions, nodes);
  }

  @Override
  public StoreExport transferSource() {
    return new PostgresExport(database, partitions, nodes);
  }

  @Override
  public StoreImport transferTarget() {
    return new PostgresImport(database, partitions, transferLease);
  }

  @Override
  public void close() {
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      sharing.close();
      transferLease.close();
      operations.close();
      deliveries.close();
      database.close();
    }
  }
}
