package dev.backlane.gateway.refresh;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.StoreException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads something again and again that other nodes may change in the store. While it cannot be read, what is known stays; that
/// is logged once, and once more when it is over. Thread-safe.
public final class Refresher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Refresher.class);

  private final String what;
  private final Duration interval;
  private final Runnable read;
  private final Threads threads;
  private final Threads.Signal stops;
  private volatile boolean stopping;
  private volatile boolean failing;

  /// @param what is read, for the log: `subscriptions`
  /// @param interval between two readings
  /// @param read throws [StoreException] if the store cannot tell
  public Refresher(String what, Duration interval, Runnable read, Threads threads) {
    this.what = what;
    this.interval = interval;
    this.read = read;
    this.threads = threads;
    this.stops = threads.signal();
  }

  /// Begins; the first reading is an interval later. Call once.
  public void start() {
    threads.start("refresh-" + what.replace(' ', '-'), this::run);
  }

  /// Tells whether the last reading failed.
  boolean failing() {
    return failing;
  }

  private void run() {
    try {
      while (!stopping) {
        if (!stops.await(interval)) {
          refresh();
        }
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("the {} are not read again any more", what);
    }
  }

  private void refresh() {
    try {
      read.run();
      if (failing) {
        LOG.info("the {} that other nodes have changed are read again", what);
      }
      failing = false;
    } catch (StoreException refused) {
      if (!failing) {
        LOG.warn(
            "the {} that other nodes change cannot be read at present: {}",
            what,
            refused.getMessage());
      }
      failing = true;
    } catch (RuntimeException broken) {
      // Whatever it is, a later reading may go well, and nobody else reads.
      if (!failing) {
        LOG.error("the {} that other nodes change cannot be read; it is tried again", what, broken);
      }
      failing = true;
    }
  }

  /// Ends it, without waiting for a reading that is under way.
  @Override
  public void close() {
    stopping = true;
    stops.raise();
  }
}
