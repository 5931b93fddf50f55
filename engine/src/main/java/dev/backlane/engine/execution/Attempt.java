package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One attempt on its way to the upstream: what to send, and the means to break it off from another thread. Thread-safe.
public final class Attempt {
  private final Operation operation;
  private final StoredContent body;
  private final Duration timeout;
  private final Supplier<Spool> responseSpools;

  private boolean aborted;
  private @Nullable Runnable breakOff;

  /// @param operation one that is running
  /// @param body the request's content
  /// @param timeout from the first connect to the last byte of the answer
  /// @param responseSpools opens a spool for a large answer
  public Attempt(
      Operation operation, StoredContent body, Duration timeout, Supplier<Spool> responseSpools) {
    this.operation = operation;
    this.body = body;
    this.timeout = timeout;
    this.responseSpools = responseSpools;
  }

  /// The operation, running.
  public Operation operation() {
    return operation;
  }

  /// The request's content; of length 0 where there is none.
  public StoredContent body() {
    return body;
  }

  /// How long the attempt may take in all.
  public Duration timeout() {
    return timeout;
  }

  /// Opens spools for an answer too large for memory.
  public Supplier<Spool> responseSpools() {
    return responseSpools;
  }

  /// Says how to break the attempt off, such as closing its connection. Runs at once if it was aborted before.
  public void onAbort(Runnable action) {
    boolean now;
    synchronized (this) {
      breakOff = action;
      now = aborted;
    }
    if (now) {
      action.run();
    }
  }

  /// Breaks the attempt off; its thread then ends with a verdict of its own. Idempotent.
  public void abort() {
    Runnable action;
    synchronized (this) {
      aborted = true;
      action = breakOff;
    }
    if (action != null) {
      action.run();
    }
  }

  /// Tells whether somebody broke it off.
  public synchronized boolean aborted() {
    return aborted;
  }
}
