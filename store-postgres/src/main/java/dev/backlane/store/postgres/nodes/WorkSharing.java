package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.Sharing;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// The clock and the work notifications that the nodes of one database share. Thread-safe.
public final class WorkSharing implements Sharing, AutoCloseable {
  private final InstantSource clock;
  private final WorkNotifier notifier;
  private final BooleanSupplier anyDue;
  private final Threads threads;
  private Optional<WorkPoller> poller = Optional.empty();

  /// @param anyDue queries the database for due work
  public WorkSharing(
      InstantSource clock, WorkNotifier notifier, BooleanSupplier anyDue, Threads threads) {
    this.clock = clock;
    this.notifier = notifier;
    this.anyDue = anyDue;
    this.threads = threads;
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Override
  public synchronized void onWork(Runnable wake) {
    notifier.listen(wake);
    var polling = new WorkPoller(() -> !notifier.listening(), anyDue, wake, threads);
    poller = Optional.of(polling);
    polling.start();
  }

  @Override
  public synchronized void close() {
    poller.ifPresent(WorkPoller::close);
    notifier.close();
  }
}
