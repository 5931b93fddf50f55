package dev.backlane.gateway.http;

import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.store.failure.StoreException;
import java.io.UncheckedIOException;

/// The handler that every adapter calls: responds 503 before the gateway has started and while it
/// stops, refuses heads that no handler can process, and turns exceptions of handlers into
/// responses. [#handle] never throws; when it returns, the call has a response or is aborted.
/// Thread-safe.
public final class RootHandler implements CallHandler {
  private static final String MEMORY_IN_USE =
      "The gateway is receiving and sending too many bodies at the same time"
          + " (limits.memory-for-bodies). Try again later.";

  private volatile CallHandler handler = RootHandler::refuseDuringStart;

  private static void refuseDuringStart(Call call) {
    throw Problems.overloaded("starting", "The gateway is starting. Try again in a moment.");
  }

  private static void refuseDuringStop(Call call) {
    throw Problems.overloaded(
        "draining",
        "The gateway is shutting down; nothing was stored or sent. Send the call again.");
  }

  /// Refuses calls from now on, since the gateway is stopping; those in flight continue.
  public void refuse() {
    handler = RootHandler::refuseDuringStop;
  }

  /// Starts to pass calls on to a handler.
  public void serve(CallHandler next) {
    handler = next;
  }

  @Override
  public void handle(Call call) {
    try {
      respond(call);
      if (!call.responded()) {
        call.abort();
      }
    } catch (UncheckedIOException clientGone) {
      call.abort();
    }
  }

  private void respond(Call call) {
    try {
      RequestHead.require(call);
      handler.handle(call);
    } catch (UncheckedIOException clientGone) {
      throw clientGone;
    } catch (ProblemException fault) {
      Problems.send(call, fault);
    } catch (OverBudgetException full) {
      Problems.send(call, Problems.overloaded("memory-full", MEMORY_IN_USE));
    } catch (StoreException fault) {
      Problems.send(call, fault);
    } catch (RuntimeException fault) {
      Problems.send(call, fault);
    }
  }
}
