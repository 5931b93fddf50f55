package dev.backlane.engine.store.local;

import dev.backlane.engine.operation.OperationId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The versions of the operations that were changed last, in a store that only this process
/// changes, so that a change of one needs no read of its stored version. It also knows which other
/// operations did not change in the meantime: a caller takes a [#mark], reads an operation, and
/// passes both with its change. Another instance has the versions of deliveries. For the thread
/// that makes the changes, except [#mark], which is thread-safe.
public final class RecentVersions {
  /// How many are kept, 8,192 (about 1 MiB): more than the operations that usually run at a time.
  static final int KEPT_MAX = 8_192;

  /// Instead of a mark, if none was taken.
  public static final long NO_MARK = -1;

  private record Change(long version, long number) {}

  /// In the order of their last change.
  private final Map<OperationId, Change> changes = new LinkedHashMap<>();

  /// The number of the last change that is not kept any more.
  private long discarded;

  private volatile long last;

  /// The number of the last change. Each operation that is read from the database afterwards has
  /// the effects of the changes up to it.
  public long mark() {
    return last;
  }

  /// Records changes that are stored.
  ///
  /// @param versions the new versions; any number that is no version for operations that
  ///     have ended
  public void stored(Map<OperationId, Long> versions) {
    long number = last + 1;
    versions.forEach((id, version) -> {
      changes.remove(id);
      changes.put(id, new Change(version, number));
    });
    var eldest = changes.values().iterator();
    for (int excess = changes.size() - KEPT_MAX; excess > 0; excess--) {
      discarded = eldest.next().number;
      eldest.remove();
    }
    last = number;
  }

  /// The version of an operation.
  ///
  /// @param read the version that was read, after `mark` was taken
  /// @param mark or [#NO_MARK]
  /// @return empty if it must be read from the database
  public OptionalLong version(OperationId id, long read, long mark) {
    var change = changes.get(id);
    if (change != null) {
      return OptionalLong.of(change.version);
    }
    return mark >= discarded ? OptionalLong.of(read) : OptionalLong.empty();
  }

  /// Discards all of them, since the database may have other versions.
  public void clear() {
    changes.clear();
    discarded = last + 1;
    last = discarded;
  }
}
