package dev.backlane.engine.store.queue;

/// Limits how many queue entries may be in progress at once: in total, per owner and per lane of a [QueueKey]. A store
/// acquires a permit for each entry that it returns from a claim; the caller releases it when the work has ended.
/// Implementations are thread-safe and do not block.
public interface Permits {
  /// Acquires a permit for one entry.
  ///
  /// @return false if none is free; the entry stays in the queue
  boolean tryAcquire(QueueKey key);

  /// Releases one permit that [#tryAcquire] returned.
  void release(QueueKey key);

  /// Whether [#tryAcquire] would succeed now.
  boolean hasPermit(QueueKey key);
}
