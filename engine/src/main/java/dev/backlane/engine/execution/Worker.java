package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one started operation to the upstream and settles what came of it. Thread-safe; each attempt runs on the thread that
/// calls [#work].
final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /// How long an answer that the store does not take waits before it is offered again.
  private static final Duration SETTLE_AGAIN_AFTER = Duration.ofSeconds(1);

  private final OperationStore store;
  private final Upstream upstream;
  private final Routes routes;
  private final Completions completions;
  private final Surroundings surroundings;
  private final ExecutionCounters tally;
  private final Map<OperationId, Attempt> underWay = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  Worker(
      OperationStore store,
      Upstream upstream,
      Routes routes,
      Completions completions,
      Surroundings surroundings,
      ExecutionCounters tally) {
    this.store = store;
    this.upstream = upstream;
    this.routes = routes;
    this.completions = completions;
    this.surroundings = surroundings;
    this.tally = tally;
  }

  /// Runs the attempt of an operation whose start is durable.
  ///
  /// @param leased tells whether the operation is still this process's to send
  /// @return what is known afterwards
  Verdict work(Operation running, BooleanSupplier leased) {
    return work(running, store.content(running, Part.REQUEST).orElse(InMemoryContent.NONE), leased);
  }

  /// As [#work(Operation, BooleanSupplier)], with the request's content at hand.
  Verdict work(Operation running, StoredContent body, BooleanSupplier leased) {
    var id = running.id();
    var timeout = routes.policyOf(running.request()).attemptTimeout();
    var tenant = running.caller().tenant();
    var attempt = new Attempt(running, body, timeout, () -> store.spool(id, tenant, Part.RESPONSE));
    underWay.put(id, attempt);
    boolean settled = true;
    try {
      if (stopping || !leased.getAsBoolean()) {
        // Whoever holds it now, or claims it next, sends it; two at once would be a repeated call.
        requeue(running);
        return new Verdict.NotSent("this process is stopping, or its lease was over");
      }
      settled = false;
      try (var outcome = send(attempt)) {
        tally.attempted(outcome.verdict());
        settled = settle(running, outcome);
        return outcome.verdict();
      }
    } finally {
      if (settled) {
        underWay.remove(id, attempt);
      }
    }
  }

  /// Takes up an operation of this process on which no thread works any more.
  void recoverOwn(Operation running) {
    if (underWay.containsKey(running.id())) {
      settleAbandoned(running);
      underWay.remove(running.id());
    } else {
      // Started by a commit that was told as failed: nobody has sent it.
      requeue(running);
    }
  }

  // A fault of our own must not leave the operation running for ever; what the upstream saw of it
  // is unknown.
  private Upstream.Outcome send(Attempt attempt) {
    try {
      return upstream.send(attempt);
    } catch (RuntimeException broken) {
      LOG.error("operation {} broke in the gateway", attempt.operation().id(), broken);
      return Upstream.Outcome.without(
          new Verdict.Unknown("the gateway itself failed while the request was under way"));
    }
  }

  /// Settles an operation that nobody works on any more and that may have been sent.
  void settleAbandoned(Operation abandoned) {
    var retry = routes.policyOf(abandoned.request()).retry();
    var now = surroundings.clock().instant();
    var next = abandoned.to(Lifecycle.abandoned(abandoned, retry, now));
    if (store.replace(abandoned, next, Content.EMPTY)) {
      settled(next);
    }
  }

  /// Lets an operation wait again that was started and certainly not sent.
  void requeue(Operation unsent) {
    var next = unsent.to(Lifecycle.requeued(unsent, surroundings.clock().instant()));
    if (store.replace(unsent, next, Content.EMPTY)) {
      settled(next);
    }
  }

  /// Breaks off an attempt that runs in this process.
  void abort(OperationId id) {
    var attempt = underWay.get(id);
    if (attempt != null) {
      attempt.abort();
    }
  }

  /// The attempts that run in this process.
  List<Attempt> underWay() {
    return List.copyOf(underWay.values());
  }

  /// Breaks off all attempts that run in this process.
  void abortAll() {
    underWay.values().forEach(Attempt::abort);
  }

  /// Breaks off all attempts, hands back what is not sent yet, and gives up settles that the store does not take.
  void stop() {
    // In this order: what is not among the attempts yet sees it before it is sent.
    stopping = true;
    abortAll();
  }

  /// @return false if the store did not take the end
  private boolean settle(Operation running, Upstream.Outcome outcome) {
    var retry = routes.policyOf(running.request()).retry();
    var verdict = outcome.verdict();
    while (true) {
      var now = surroundings.clock().instant();
      var next =
          running.to(
              Lifecycle.after(running, verdict, retry, now, surroundings.random().nextDouble()));
      var response =
          next.state() instanceof State.Finished ? outcome.response().content() : Content.EMPTY;
      try {
        if (store.replace(running, next, response)) {
          settled(next);
        } else {
          LOG.debug("operation {} was settled by another, or by an offer before", running.id());
          completions.ended(running.id());
        }
        return true;
      } catch (StoreException refused) {
        if (stopping || !pause()) {
          LOG.error(
              "operation {} ended, and the store did not take its end; it will be told as unknown",
              running.id());
          return false;
        }
        LOG.warn(
            "the store did not take the end of operation {}, offering it again: {}",
            running.id(),
            refused.getMessage());
      }
    }
  }

  private void settled(Operation next) {
    tally.settled(next.state());
    if (next.ended()) {
      completions.ended(next.id());
    }
    LOG.debug(
        "operation {} attempt {} settled: {}",
        next.id(),
        next.state().attempt(),
        next.state().getClass().getSimpleName());
  }

  private boolean pause() {
    try {
      surroundings.threads().signal().await(SETTLE_AGAIN_AFTER);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
