package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.ReadyQueue;
import dev.backlane.store.rocksdb.Command.Result;
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

/// The deliveries of the store. Which of them wait is held in memory and rebuilt at start; a receiver stands there where an
/// operation has its tenant. Thread-safe.
final class RocksDeliveryStore implements DeliveryStore {
  private final Database database;
  private final Function<Command, Result> submit;
  private volatile ReadyQueue ready = new ReadyQueue();

  /// What is handed out and not replaced, and in which version: an attempt that ends too late must not let go of the one that
  /// was begun after it.
  private final Map<OperationId, Long> held = new ConcurrentHashMap<>();

  /// @param submit brings a command to the disk
  RocksDeliveryStore(Database database, Function<Command, Result> submit) {
    this.database = database;
    this.submit = submit;
  }

  /// Reads what waits, at start and after a recovery.
  void rebuild() {
    var rebuilt = new ReadyQueue();
    database.use(db -> {
      try (var due = db.iterator(Column.DELIVERIES_DUE)) {
        for (due.seekToFirst(); due.isValid(); due.next()) {
          var delivery = DeliveryCodec.delivery(OperationId.of(due.key()), due.value());
          turn(delivery).ifPresent(rebuilt::add);
        }
        due.status();
      }
      return true;
    });
    ready = rebuilt;
  }

  private static Optional<QueueEntry> turn(Delivery delivery) {
    return delivery.state() instanceof DeliveryState.Due due
        ? Optional.of(QueueEntry.of(delivery, due))
        : Optional.empty();
  }

  /// Told what a commit made of a delivery.
  void committed(Delivery delivery) {
    turn(delivery).ifPresent(ready::add);
  }

  static Command.DeliveryChange first(Delivery delivery) {
    delivery.checkNew();
    return change(Batch.NOT_THERE, delivery);
  }

  private static Command.DeliveryChange change(long from, Delivery to) {
    return new Command.DeliveryChange(to.id(), from, DeliveryCodec.bytes(to), to.ended());
  }

  @Override
  public void add(Delivery delivery) {
    if (!made(first(delivery))) {
      throw new IllegalStateException("delivery " + delivery.id() + " is there already");
    }
    committed(delivery);
  }

  @Override
  public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
    var claimed = new ArrayList<Delivery>();
    while (claimed.size() < max) {
      var turns = ready.take(max - claimed.size(), permits, now);
      if (turns.isEmpty()) {
        break;
      }
      try {
        claimed.addAll(claim(turns, permits, now));
      } catch (StoreException failed) {
        turns.forEach(turn -> {
          permits.release(turn.key());
          ready.add(turn);
        });
        if (claimed.isEmpty()) {
          throw failed;
        }
        break;
      }
    }
    return claimed;
  }

  private List<Delivery> claim(List<QueueEntry> turns, Permits permits, Instant now) {
    var found =
        database.use(db -> {
          var all = new ArrayList<Optional<Delivery>>(turns.size());
          for (var turn : turns) {
            byte[] record = db.get(Column.DELIVERIES_DUE, turn.id().bytes());
            all.add(
                record == null
                    ? Optional.empty()
                    : Optional.of(DeliveryCodec.delivery(turn.id(), record)));
          }
          return all;
        });
    var claimed = new ArrayList<Delivery>(turns.size());
    for (int i = 0; i < turns.size(); i++) {
      var delivery = found.get(i).filter(each -> each.isDue(now));
      if (delivery.isPresent() && hold(delivery.get())) {
        claimed.add(delivery.get());
      } else {
        permits.release(turns.get(i).key());
      }
    }
    return claimed;
  }

  private boolean hold(Delivery delivery) {
    var before = held.putIfAbsent(delivery.id(), delivery.version());
    return before == null
        || before < delivery.version() && held.replace(delivery.id(), before, delivery.version());
  }

  private boolean isHeld(Delivery delivery) {
    return held.getOrDefault(delivery.id(), Batch.NOT_THERE) == delivery.version();
  }

  @Override
  public boolean replace(Delivery from, Delivery to) {
    from.checkNext(to);
    boolean made = made(change(from.version(), to));
    held.remove(from.id(), from.version());
    if (made) {
      committed(to);
    } else {
      // What came first may be of a call that threw, and then it waits for nobody's turn yet.
      find(to.id()).filter(stored -> !isHeld(stored)).ifPresent(this::committed);
    }
    return made;
  }

  private boolean made(Command.DeliveryChange change) {
    return ((Result.Changed) submit.apply(new Command.Deliver(change))).made().getFirst();
  }

  @Override
  public Optional<Delivery> find(OperationId id) {
    return database.use(db -> {
      byte[] record = db.get(Column.DELIVERIES_DUE, id.bytes());
      if (record == null) {
        record = db.get(Column.DELIVERIES_ENDED, id.bytes());
      }
      return record == null ? Optional.empty() : Optional.of(DeliveryCodec.delivery(id, record));
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

  private static DeliveryPage page(DeliveryListing listing, RocksIterator due, RocksIterator ended)
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
        var delivery = DeliveryCodec.delivery(id, newest.value());
        if (listing.matches(delivery)) {
          page.add(delivery);
        }
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
  public void prune(Instant cutoff) {
    var before = OperationId.lowest(cutoff);
    boolean any =
        database.use(db -> {
          try (var ended = db.iterator(Column.DELIVERIES_ENDED)) {
            ended.seekToFirst();
            ended.status();
            return ended.isValid() && idOf(ended).compareTo(before) < 0;
          }
        });
    if (any) {
      var _ = submit.apply(new Command.ForgetDeliveries(before));
    }
  }
}
