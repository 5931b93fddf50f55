package dev.backlane.engine.execution.pauses;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.RecordReader;
import dev.backlane.engine.codec.RecordWriter;
import dev.backlane.engine.execution.pauses.Pause.Scope;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What is paused, as records in the store, so that a pause survives a restart and applies to all
/// nodes. Each node reads the records when it starts, when it changes one, and with [#refresh].
/// Thread-safe.
public final class Pauses implements Predicate<QueueKey> {
  /// The most pauses at the same time, 1,000: each decision of the dispatcher visits all.
  public static final int PAUSES_MAX = 1_000;

  private static final String KIND = "pause";
  private static final int LAYOUT = 1;

  private final RecordStore records;
  private final InstantSource clock;
  private volatile List<Pause> present = List.of();

  /// Reads what is paused.
  ///
  /// @throws StoreException if the store is unavailable, or a record is damaged
  public Pauses(RecordStore records, InstantSource clock) {
    this.records = records;
    this.clock = clock;
    refresh();
  }

  /// Reads the pauses again, which other nodes may have changed.
  ///
  /// @throws StoreException if the store is unavailable, or a record is damaged
  public void refresh() {
    present = records.list(KIND).stream().map(Pauses::decoded).toList();
  }

  /// All pauses.
  public List<Pause> all() {
    return present;
  }

  /// The pauses for which operations of a tenant on a route wait.
  public List<Pause> on(QueueKey key) {
    return present.stream().filter(pause -> pause.covers(key)).toList();
  }

  /// Whether operations of a tenant on a route wait.
  @Override
  public boolean test(QueueKey key) {
    for (var pause : present) {
      if (pause.covers(key)) {
        return true;
      }
    }
    return false;
  }

  /// Pauses operations; durable on return. An earlier pause of the same name remains.
  ///
  /// @param by the operator
  /// @return the pause; empty if there are [#PAUSES_MAX] already
  /// @throws StoreException if the store is unavailable
  public Optional<Pause> pause(Scope scope, String name, String by, String reason) {
    var known = find(scope, name);
    if (known.isPresent()) {
      return known;
    }
    if (present.size() >= PAUSES_MAX) {
      return Optional.empty();
    }
    var pause = new Pause(scope, name, by, clock.instant(), reason);
    // If another node has paused the same in the meantime, its record remains.
    var _ = records.put(List.of(new RecordStore.Entry(KIND, key(scope, name), 0, encoded(pause))));
    refresh();
    return find(scope, name);
  }

  /// Resumes operations; durable on return.
  ///
  /// @return whether they were paused
  /// @throws StoreException if the store is unavailable
  public boolean resume(Scope scope, String name) {
    var stored = records.find(KIND, key(scope, name));
    boolean removed = stored.isPresent() && records.remove(stored.get());
    refresh();
    return removed;
  }

  private Optional<Pause> find(Scope scope, String name) {
    return present.stream()
        .filter(pause -> pause.scope() == scope && pause.name().equals(name))
        .findFirst();
  }

  private static String key(Scope scope, String name) {
    return scope.wire() + "/" + name;
  }

  private static byte[] encoded(Pause pause) {
    return new RecordWriter()
        .octet(LAYOUT)
        .text(pause.by())
        .instant(pause.since())
        .text(pause.reason())
        .toBytes();
  }

  private static Pause decoded(RecordStore.Entry entry) {
    try {
      var parts = List.of(entry.name().split("/", 2));
      var scope = Scope.named(parts.getFirst());
      var in = new RecordReader(entry.value());
      if (in.octet() != LAYOUT || scope.isEmpty() || parts.size() != 2) {
        throw new CorruptRecordException("a pause has another layout, or belongs to nothing");
      }
      var pause = new Pause(scope.get(), parts.getLast(), in.text(), in.instant(), in.text());
      in.end();
      return pause;
    } catch (CorruptRecordException damaged) {
      throw new StoreException.Damaged(
          "the pause " + entry.name() + " cannot be read: " + damaged.getMessage(), damaged);
    }
  }
}
