package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Mistakes that would break a promise, each as a change of what the engine works with.
enum PlantedBug implements FaultInjection {
  /// The caller is told before the commit, which a crash then forgets.
  ACK_BEFORE_COMMIT {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new ForwardingStore(store) {
        @Override
        public Acceptance accept(
            Operation operation, Content request, Optional<IdempotencyKey> key) {
          boolean late = operation.state() instanceof State.Queued && world.chance(0.5);
          return late ? new Acceptance.Stored() : super.accept(operation, request, key);
        }
      };
    }
  },

  /// A settle goes through whatever the stored version is.
  SETTLE_WITHOUT_FENCING {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new Overwriting(store, Operation::ended);
    }
  },

  /// A call that may have acted is made again.
  POST_REPEATED_AFTER_CRASH {
    @Override
    public Routes routes(Routes routes) {
      return with(routes, Scenario.ATTEMPTS_MAX, true);
    }
  },

  /// A process goes on as if it held its leases, though its renewals do not arrive.
  LOST_LEASE_IGNORED {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new ForwardingStore(store) {
        @Override
        public Set<String> renew(String holder, Duration lifetime, Instant now) {
          return world.chance(0.3)
              ? super.renew(holder, lifetime, now)
              : Stream.iterate(1, node -> node <= NODES_MAX, node -> node + 1)
                  .map(node -> "node-" + node)
                  .collect(Collectors.toSet());
        }
      };
    }
  },

  /// A token that was refused is tried again.
  RETRY_AFTER_401 {
    @Override
    public Upstream upstream(Upstream upstream) {
      return attempt -> {
        var outcome = upstream.send(attempt);
        return outcome.verdict() instanceof Verdict.Responded(Response reply, var _)
                && reply.statusCode() == 401
            ? Upstream.Outcome.without(new Verdict.NotSent("refused"))
            : outcome;
      };
    }
  },

  /// A cancel that comes late takes the place of the answer.
  CANCEL_LOSES_RESULT {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new Overwriting(store, operation -> operation.state() instanceof State.Canceled);
    }
  },

  /// One tenant's turn never comes.
  STARVATION {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new ForwardingStore(store) {
        @Override
        public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
          return super.claim(max, new Unfair(permits), lease, now);
        }

        @Override
        public Optional<Instant> nextDue(Permits permits) {
          return super.nextDue(new Unfair(permits));
        }
      };
    }
  },

  /// A dispatcher that rests is woken by nothing.
  LOST_WAKE_UP {
    @Override
    public Threads threads(Threads threads) {
      return new Threads() {
        @Override
        public void start(String name, Runnable work) {
          threads.start(name, work);
        }

        @Override
        public long nanoTime() {
          return threads.nanoTime();
        }

        @Override
        public Signal signal() {
          var signal = threads.signal();
          return new Signal() {
            @Override
            public void raise() {}

            @Override
            public boolean await(Duration max) throws InterruptedException {
              return signal.await(Duration.ofHours(1));
            }
          };
        }
      };
    }
  },

  /// More attempts at a time than were allowed.
  CONCURRENCY_OVERRUN {
    @Override
    public int concurrency(int concurrency) {
      return concurrency + 1;
    }
  },

  /// More attempts of one operation than were allowed.
  ATTEMPTS_WITHOUT_END {
    @Override
    public Routes routes(Routes routes) {
      return with(routes, 2 * Scenario.ATTEMPTS_MAX, false);
    }
  },

  /// What was running when its process died is taken for unsent.
  START_AFTER_SENDING {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler world) {
      return new ForwardingStore(store) {
        @Override
        public boolean replace(Operation from, Operation to, Content response) {
          boolean unknown =
              to.state() instanceof State.Failed failed && failed.reason().contains("stopped");
          var next =
              unknown
                  ? from.to(
                      new State.Queued(from.state().attempt(), failedAt(to), Optional.empty()))
                  : to;
          return super.replace(from, next, response);
        }

        private Instant failedAt(Operation to) {
          return ((State.Ended) to.state()).endedAt();
        }
      };
    }
  };

  private static final int NODES_MAX = 20;

  private static Routes with(Routes routes, int attempts, boolean repeatable) {
    var retry = routes.otherwise().retry();
    return new Routes(
        routes.routes(),
        new ExecutionPolicy(
            new RetryPolicy(
                attempts,
                retry.maxDuration(),
                retry.backoffInitial(),
                retry.backoffMax(),
                retry.retryAfterMax(),
                retry.retryOn(),
                repeatable),
            routes.otherwise().attemptTimeout()));
  }

  /// Puts some changes through though another came first.
  private static final class Overwriting extends ForwardingStore {
    private final Predicate<Operation> forced;

    Overwriting(OperationStore store, Predicate<Operation> forced) {
      super(store);
      this.forced = forced;
    }

    @Override
    public boolean replace(Operation from, Operation to, Content response) {
      if (super.replace(from, to, response)) {
        return true;
      }
      var stored = store.find(from.id());
      if (stored.isEmpty() || !forced.test(to)) {
        return false;
      }
      long version = stored.get().version();
      // A store does not change what has ended, so it is not told that it has.
      return super.replace(at(version, from), at(version + 1, to), response);
    }

    private static Operation at(long version, Operation operation) {
      return new Operation(
          operation.id(),
          operation.caller(),
          operation.request(),
          operation.base(),
          operation.notification(),
          operation.route(),
          operation.reference(),
          operation.credentials(),
          operation.state(),
          version);
    }
  }

  /// No place for one tenant.
  private record Unfair(Permits permits) implements Permits {
    @Override
    public boolean tryAcquire(QueueKey key) {
      return hasPermit(key) && permits.tryAcquire(key);
    }

    @Override
    public void release(QueueKey key) {
      permits.release(key);
    }

    @Override
    public boolean hasPermit(QueueKey key) {
      return !key.owner().equals("tenant-1") && permits.hasPermit(key);
    }
  }
}
