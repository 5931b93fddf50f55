package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.Content;
import dev.backlane.engine.store.HeldContent;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Part;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.StoredContent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
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
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<OperationId, Attempt> underWay = new ConcurrentHashMap<>();
  private volatile boolean abandoning;

  Worker(
      OperationStore store,
      Upstream upstream,
      Routes routes,
      Completions completions,
      InstantSource clock,
      RandomGenerator random) {
    this.store = store;
    this.upstream = upstream;
    this.routes = routes;
    this.completions = completions;
    this.clock = clock;
    this.random = random;
  }

  /// Runs the attempt of an operation whose start is durable.
  void work(Operation running) {
    work(running, store.content(running.id(), Part.REQUEST).orElse(HeldContent.NONE));
  }

  /// As [#work(Operation)], with the request's content at hand.
  void work(Operation running, StoredContent body) {
    var id = running.id();
    var timeout = routes.policyOf(running.request()).attemptTimeout();
    var attempt = new Attempt(running, body, timeout, () -> store.spool(id, Part.RESPONSE));
    underWay.put(id, attempt);
    try (var outcome = send(attempt)) {
      settle(running, outcome);
    } finally {
      underWay.remove(id, attempt);
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

  /// Settles an operation that nobody works on any more.
  void bury(Operation abandoned) {
    var retry = routes.policyOf(abandoned.request()).retry();
    var next = abandoned.to(Lifecycle.abandoned(abandoned, retry, clock.instant()));
    if (store.replace(abandoned, next, Content.EMPTY)) {
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

  /// Breaks off all attempts and gives up settles that the store does not take.
  void abortAll() {
    abandoning = true;
    underWay.values().forEach(Attempt::abort);
  }

  private void settle(Operation running, Upstream.Outcome outcome) {
    var retry = routes.policyOf(running.request()).retry();
    var verdict = outcome.verdict();
    while (true) {
      var next =
          running.to(
              Lifecycle.after(running, verdict, retry, clock.instant(), random.nextDouble()));
      var response =
          next.state() instanceof State.Finished ? outcome.response().content() : Content.EMPTY;
      try {
        if (store.replace(running, next, response)) {
          settled(next);
        } else {
          LOG.debug(
              "operation {} was settled by another; what this attempt brought is dropped",
              running.id());
        }
        return;
      } catch (StoreException refused) {
        if (abandoning || !pause()) {
          LOG.error(
              "operation {} ended, and the store did not take its end; it will be told as unknown",
              running.id());
          return;
        }
        LOG.warn(
            "the store did not take the end of operation {}, offering it again: {}",
            running.id(),
            refused.getMessage());
      }
    }
  }

  private void settled(Operation next) {
    if (next.ended()) {
      completions.ended(next.id());
    }
    LOG.debug(
        "operation {} attempt {} settled: {}",
        next.id(),
        next.state().attempt(),
        next.state().getClass().getSimpleName());
  }

  private static boolean pause() {
    try {
      Thread.sleep(SETTLE_AGAIN_AFTER);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
