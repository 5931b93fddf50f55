package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One attempt of an operation: the content of its request, how it is executed, and the means to
/// abort it from another thread, or to recall it while nothing was sent. Thread-safe.
public final class Attempt {
  private final Operation operation;
  private final StoredContent body;
  private final ExecutionPolicy policy;
  private final Supplier<Spool> responseSpools;

  private boolean aborted;
  private @Nullable Runnable abortAction;
  private boolean recalled;
  private @Nullable Runnable recallAction;
  private volatile Runnable reachedAction = () -> {};

  /// @param operation a running operation
  /// @param body the request's content
  /// @param policy of the route of the operation
  /// @param responseSpools opens a spool for a large response
  public Attempt(
      Operation operation,
      StoredContent body,
      ExecutionPolicy policy,
      Supplier<Spool> responseSpools) {
    this.operation = operation;
    this.body = body;
    this.policy = policy;
    this.responseSpools = responseSpools;
  }

  /// The running operation.
  public Operation operation() {
    return operation;
  }

  /// The request's content; of length 0 if there is none.
  public StoredContent body() {
    return body;
  }

  /// The maximum duration of the attempt, from the first connect to the last byte of the response.
  public Duration timeout() {
    return policy.attemptTimeout();
  }

  /// The maximum wait for the response to begin, after the request was sent; zero: no limit.
  public Duration responseStartTimeout() {
    return policy.responseStartTimeout();
  }

  /// Whether sending the request twice does no harm.
  public boolean repeatable() {
    return policy.repeatable(operation.request());
  }

  /// Opens spools for a response that is too large for memory.
  public Supplier<Spool> responseSpools() {
    return responseSpools;
  }

  /// Sets the action that runs when the attempt has reached the upstream.
  void onReached(Runnable action) {
    reachedAction = action;
  }

  /// Reports that the attempt opened a connection to the upstream. Called by [Upstream], long
  /// before the response. Not called for a pooled connection, which may be dead.
  public void reached() {
    reachedAction.run();
  }

  /// Sets the action that aborts the attempt, such as closing its connection. The action runs at
  /// once if the attempt was already aborted.
  public void onAbort(Runnable action) {
    boolean alreadyAborted;
    synchronized (this) {
      abortAction = action;
      alreadyAborted = aborted;
    }
    if (alreadyAborted) {
      action.run();
    }
  }

  /// Aborts the attempt; its thread then returns with a verdict. Idempotent.
  public void abort() {
    Runnable action;
    synchronized (this) {
      aborted = true;
      action = abortAction;
    }
    if (action != null) {
      action.run();
    }
  }

  /// Sets the action that ends the attempt if nothing was sent yet, and has no effect otherwise,
  /// such as closing a connection that is being opened. It runs at once if the attempt was already
  /// recalled.
  public void onRecall(Runnable action) {
    boolean alreadyRecalled;
    synchronized (this) {
      recallAction = action;
      alreadyRecalled = recalled;
    }
    if (alreadyRecalled) {
      action.run();
    }
  }

  /// Ends the attempt with [dev.backlane.engine.operation.Verdict.NotSent] if nothing was sent yet.
  /// Otherwise it continues. Idempotent.
  public void recall() {
    Runnable action;
    synchronized (this) {
      recalled = true;
      action = recallAction;
    }
    if (action != null) {
      action.run();
    }
  }

  /// Whether the attempt was recalled, with or without effect.
  public synchronized boolean recalled() {
    return recalled;
  }

  /// Whether the attempt was aborted.
  public synchronized boolean aborted() {
    return aborted;
  }
}
