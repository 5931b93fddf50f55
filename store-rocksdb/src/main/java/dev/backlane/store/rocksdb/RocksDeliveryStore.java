package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import dev.backlane.store.rocksdb.database.Reads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// The deliveries of the embedded store. The queue of waiting deliveries is in memory and is
/// rebuilt when the store is opened. Thread-safe.
final class RocksDeliveryStore implements DeliveryStore {
  private final Database database;
  private final Function<Command, Result> submit;
  private final DamagedRecords damaged;
  private volatile ReadyQueue ready = new ReadyQueue();

  /// The version of each delivery in flight, which was claimed and not yet replaced. The version
  /// prevents an attempt that ends late from releasing the hold of a later attempt.
  private final Map<OperationId, Long> held = new ConcurrentHashMap<>();

  /// @param submit makes a command durable
  /// @param damaged sets aside deliveries that cannot be read
  RocksDeliveryStore(Database database, Function<Command, Result> submit, DamagedRecords damaged) {
    this.database = database;
    this.damaged = damaged;
    this.submit = submit;
  }

  /// Rebuilds the queue from the database, when the store is opened and after a recovery.
  void rebuild() {
    var waiting = new ArrayList<QueueEntry>();
    database.use(db -> {
      try (var due = db.iterator(Column.DELIVERIES_DUE)) {
        for (due.seekToFirst(); due.isValid(); due.next()) {
          var id = OperationId.of(due.key());
          damaged
              .readable(id, () -> entry(DeliveryCodec.delivery(id, due.value())))
              .ifPresent(waiting::add);
        }
        due.status();
      }
      return true;
    });
    ready = new ReadyQueue(waiting);
  }

  private static Optional<QueueEntry> entry(Delivery delivery) {
    return delivery.state() instanceof DeliveryState.Due due
        ? Optional.of(QueueEntry.of(delivery, due))
        : Optional.empty();
  }

  /// Queues a delivery after a commit.
  void committed(Delivery delivery) {
    entry(delivery).ifPresent(ready::add);
  }

  static Command.DeliveryChange first(Delivery delivery) {
    delivery.checkNew();
    return change(Batch.NOT_STORED, delivery);
  }

  private static Command.DeliveryChange change(long from, Delivery to) {
    return new Command.DeliveryChange(to.id(), from, DeliveryCodec.bytes(to), to.ended());
  }

  @Override
  public void add(Delivery delivery) {
    if (!commit(first(delivery))) {
      throw new IllegalStateException("delivery " + delivery.id() + " exists already");
    }
    committed(delivery);
  }

  @Override
  public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
    var claimed = new ArrayList<Delivery>();
    while (claimed.size() < max) {
      var entries = ready.take(max - claimed.size(), permits, now);
      if (entries.isEmpty()) {
        break;
      }
      try {
        claimed.addAll(claim(entries, permits, now));
      } catch (StoreException failed) {
        entries.forEach(entry -> {
          permits.release(entry.key());
          ready.add(entry);
        });
        if (claimed.isEmpty()) {
          throw failed;
        }
        break;
      }
    }
    return claimed;
  }

  private List<Delivery> claim(List<QueueEntry> entries, Permits permits, Instant now) {
    var found = database.use(db -> waiting(db, entries));
    var claimed = new ArrayList<Delivery>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      var delivery = found.get(i).filter(each -> each.isDue(now));
      if (delivery.isPresent() && hold(delivery.get())) {
        claimed.add(delivery.get());
      } else {
        permits.release(entries.get(i).key());
      }
    }
    return claimed;
  }

  // In the order of the entries; empty for each that does not wait.
  private List<Optional<Delivery>> waiting(OpenDatabase db, List<QueueEntry> entries)
      throws RocksDBException {
    var reads = new Reads(db, entries.size());
    entries.forEach(entry -> reads.add(Column.DELIVERIES_DUE, entry.id().bytes()));
    reads.read();
    var waiting = new ArrayList<Optional<Delivery>>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      int index = i;
      var id = entries.get(i).id();
      waiting.add(damaged.readable(id, () -> delivery(id, reads.at(index))));
    }
    return waiting;
  }

  private static Optional<Delivery> delivery(OperationId id, byte @Nullable [] record)
      throws CorruptRecordException {
    return record == null ? Optional.empty() : Optional.of(DeliveryCodec.delivery(id, record));
  }

  private boolean hold(Delivery delivery) {
    var before = held.putIfAbsent(delivery.id(), delivery.version());
    return before == null
        || before < delivery.version() && held.replace(delivery.id(), before, delivery.version());
  }

  private boolean isHeld(Delivery delivery) {
    return held.getOrDefault(delivery.id(), Batch.NOT_STORED) == delivery.version();
  }

  @Override
  public boolean replace(Delivery from, Delivery to) {
    from.checkNext(to);
    boolean made = commit(change(from.version(), to));
    held.remove(from.id(), from.version());
    if (made) {
      committed(to);
    } else {
      // The stored version may have been written by a call that threw before it queued the
      // delivery.
      find(to.id()).filter(stored -> !isHeld(stored)).ifPresent(this::committed);
    }
    return made;
  }

  private boolean commit(Command.DeliveryChange change) {
    return ((Result.Changed) submit.apply(new Command.ChangeDelivery(change))).made().getFirst();
  }

  @Override
  public Optional<Delivery> find(OperationId id) {
    return database.use(db -> {
      byte[] record = db.get(Column.DELIVERIES_DUE, id.bytes());
      if (record == null) {
        record = db.get(Column.DELIVERIES_ENDED, id.bytes());
      }
      return delivery(id, record);
    });
  }

  @Override
  public DeliveryPage list(DeliveryListing listing) {
    return database.use(db -> {
      try (var due = db.iterator(Column.DELIVERIES_DUE);
          var ended = db.iterator(Column.DELIVERIES_ENDED)) {
        due.seekForPrev(listing.to().bytes());
        ended.seekForPrev(listing.to().bytes());
        return page(listing, due, ended);
      }
    });
  }

  private DeliveryPage page(DeliveryListing listing, RocksIterator due, RocksIterator ended)
      throws RocksDBException, CorruptRecordException {
    var page = new ArrayList<Delivery>();
    Optional<OperationId> last = Optional.empty();
    for (int scanned = 0; ; scanned++) {
      var newest = newer(due, ended);
      if (newest == null || idOf(newest).compareTo(listing.from()) < 0) {
        due.status();
        ended.status();
        return new DeliveryPage(page, Optional.empty());
      }
      if (page.size() == listing.limit() || scanned == DeliveryListing.SCANNED_MAX) {
        return new DeliveryPage(page, last);
      }
      var id = idOf(newest);
      if (id.compareTo(listing.to()) < 0) {
        damaged
            .readable(id, () -> Optional.of(DeliveryCodec.delivery(id, newest.value())))
            .filter(listing::matches)
            .ifPresent(page::add);
        last = Optional.of(id);
      }
      newest.prev();
    }
  }

  private static @Nullable RocksIterator newer(RocksIterator one, RocksIterator other) {
    if (!one.isValid() || !other.isValid()) {
      return one.isValid() ? one : other.isValid() ? other : null;
    }
    return idOf(one).compareTo(idOf(other)) >= 0 ? one : other;
  }

  private static OperationId idOf(RocksIterator at) {
    return OperationId.of(at.key());
  }

  @Override
  public long waiting() {
    return (long) ready.size() + held.size();
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return ready.nextDue(permits);
  }

  @Override
  public void prune(RetentionStep step) {
    var _ = submit.apply(new Command.PruneDeliveries(step));
  }
}
