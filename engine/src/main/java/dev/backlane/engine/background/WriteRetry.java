package dev.backlane.engine.background;

import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Repeats a write on the calling thread until the store accepts it, for results that would be lost
/// otherwise: the outcome of an attempt exists only in the memory of this process. Thread-safe.
public final class WriteRetry {
  /// The wait between two writes.
  public static final Duration PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(WriteRetry.class);

  private final Threads threads;
  private volatile boolean stopping;

  public WriteRetry(Threads threads) {
    this.threads = threads;
  }

  /// Runs a write, and repeats it while it throws a [StoreException] that is not a
  /// [StoreException.Refused]. The first failure is logged as a warning, and the success after
  /// failures with their duration. Other exceptions are thrown to the caller.
  ///
  /// @param what names the write in log messages, such as `The outcome of delivery 1`
  /// @return false if the write was not completed because of [#stop] or an interrupt; the interrupt
  ///     status is restored
  /// @throws StoreException.Refused if the store refuses the value: repeating does not help
  public boolean untilStored(Supplier<String> what, Runnable write) {
    try {
      write.run();
      return true;
    } catch (StoreException.Refused refused) {
      throw refused;
    } catch (StoreException unavailable) {
      return repeat(what.get(), write, unavailable);
    }
  }

  private boolean repeat(String what, Runnable write, StoreException initial) {
    long failingSince = threads.nanoTime();
    if (!stopping) {
      LOG.warn(
          "{} could not be stored; retrying every {} ms: {}",
          what,
          PAUSE.toMillis(),
          initial.getMessage());
    }
    while (!stopping && pause()) {
      try {
        write.run();
        long millis = Duration.ofNanos(threads.nanoTime() - failingSince).toMillis();
        LOG.info("{} was stored after {} ms", what, millis);
        return true;
      } catch (StoreException.Refused refused) {
        throw refused;
      } catch (StoreException again) {
        LOG.debug("{} could not be stored: {}", what, again.getMessage());
      }
    }
    return false;
  }

  /// Stops retrying: a write that fails is repeated at most once.
  public void stop() {
    stopping = true;
  }

  private boolean pause() {
    try {
      threads.signal().await(PAUSE);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
