package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Bugs that violate a guarantee, each as a replacement of a collaborator of the engine.
enum PlantedBug implements FaultInjection {
  /// An operation is reported as accepted before its commit, and is lost by a crash.
  ACK_BEFORE_COMMIT {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new ForwardingStore(store) {
        @Override
        public Acceptance accept(
            Operation operation, Content request, Optional<IdempotencyKey> key) {
          boolean late = operation.state() instanceof State.Queued && scheduler.chance(0.5);
          return late ? new Acceptance.Stored() : super.accept(operation, request, key);
        }
      };
    }
  },

  /// A settlement overwrites the stored version regardless of its number.
  SETTLE_WITHOUT_FENCING {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new Overwriting(store, Operation::ended);
    }
  },

  /// A call is repeated although the upstream may have executed it.
  POST_REPEATED_AFTER_CRASH {
    @Override
    public Routes routes(Routes routes) {
      return with(routes, Scenario.ATTEMPTS_MAX, true);
    }
  },

  /// A process continues as if it held its leases although its renewals are lost.
  LOST_LEASE_IGNORED {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new ForwardingStore(store) {
        @Override
        public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
          if (scheduler.chance(0.1)) {
            super.renew(holder, lifetime, silences);
          }
          return new Renewal(true, List.of());
        }
      };
    }
  },

  /// A call with a rejected token is repeated.
  RETRY_AFTER_401 {
    @Override
    public Upstream upstream(Upstream upstream) {
      return attempt -> {
        var outcome = upstream.send(attempt);
        return outcome.verdict() instanceof Verdict.Responded(Response response, var _)
                && response.statusCode() == 401
            ? Upstream.Outcome.without(
                new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused"))
            : outcome;
      };
    }
  },

  /// A late cancel overwrites the response.
  CANCEL_LOSES_RESULT {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new Overwriting(store, operation -> operation.state() instanceof State.Canceled);
    }
  },

  /// One tenant is never served.
  STARVATION {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
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

  /// A waiting dispatcher is never woken.
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

  /// More attempts in flight than allowed.
  CONCURRENCY_OVERRUN {
    @Override
    public int concurrency(int concurrency) {
      return concurrency + 1;
    }
  },

  /// More attempts of one operation than allowed.
  ATTEMPTS_WITHOUT_END {
    @Override
    public Routes routes(Routes routes) {
      return with(routes, 2 * Scenario.ATTEMPTS_MAX, false);
    }
  },

  /// Due times are compared with a wall clock that jumps.
  WALL_CLOCK {
    @Override
    public InstantSource clock(InstantSource steady, InstantSource wall) {
      return wall;
    }
  },

  /// What was not sent counts as an attempt.
  UNSENT_COUNTED {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new ForwardingStore(store) {
        @Override
        public boolean replace(
            Operation from, Operation to, Content response, Optional<Delivery> delivery) {
          return super.replace(from, counted(from, to), response, delivery);
        }

        private Operation counted(Operation from, Operation to) {
          if (!(to.state() instanceof State.Queued queued)
              || queued.lastError().isEmpty()
              || queued.attempt() > from.state().attempt()) {
            return to;
          }
          return from.to(
              queued.attempt() < Scenario.ATTEMPTS_MAX
                  ? new State.Queued(
                      queued.attempt() + 1, queued.dueAt(), queued.startedAt(), queued.lastError())
                  : new State.Failed(
                      queued.attempt(),
                      queued.startedAt(),
                      scheduler.instant(),
                      ErrorCode.UPSTREAM_UNREACHABLE,
                      "refused"));
        }
      };
    }
  },

  /// The circuit of the upstream stays open: the time of the next probe never comes.
  CIRCUIT_STAYS_OPEN {
    @Override
    public Threads threads(Threads threads) {
      return new Threads() {
        @Override
        public void start(String name, Runnable work) {
          threads.start(name, work);
        }

        @Override
        public Signal signal() {
          return threads.signal();
        }

        @Override
        public long nanoTime() {
          return 0;
        }
      };
    }
  },

  /// An attempt begins after the time of its operation is over.
  DEADLINE_IGNORED {
    @Override
    public Routes routes(Routes routes) {
      return with(routes, Scenario.ATTEMPTS_MAX, false, Duration.ofHours(1));
    }
  },

  /// An operation that was running when its process died is treated as unsent.
  START_AFTER_SENDING {
    @Override
    public OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
      return new ForwardingStore(store) {
        @Override
        public boolean replace(
            Operation from, Operation to, Content response, Optional<Delivery> delivery) {
          boolean unknown =
              to.state() instanceof State.Failed failed && failed.reason().contains("stopped");
          var next =
              unknown
                  ? from.to(
                      new State.Queued(
                          from.state().attempt(), failedAt(to), Optional.empty(), Optional.empty()))
                  : to;
          return super.replace(from, next, response, delivery);
        }

        @Override
        public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
          return replacements.stream()
              .map(each -> replace(each.from(), each.to(), Content.EMPTY, each.delivery()))
              .map(Replacement.Result::of)
              .toList();
        }

        private Instant failedAt(Operation to) {
          return ((State.Ended) to.state()).endedAt();
        }
      };
    }
  };

  private static Routes with(Routes routes, int attempts, boolean repeatable) {
    return with(routes, attempts, repeatable, routes.otherwise().retry().maxDuration());
  }

  private static Routes with(
      Routes routes, int attempts, boolean repeatable, Duration maxDuration) {
    var retry = routes.otherwise().retry();
    return new Routes(
        routes.routes(),
        new ExecutionPolicy(
            new RetryPolicy(
                attempts,
                maxDuration,
                retry.backoffInitial(),
                retry.backoffMax(),
                retry.retryAfterMax(),
                retry.retryOn(),
                repeatable),
            routes.otherwise().attemptTimeout()));
  }

  /// Makes some changes although another was committed first.
  private static final class Overwriting extends ForwardingStore {
    private final Predicate<Operation> forced;

    Overwriting(OperationStore store, Predicate<Operation> forced) {
      super(store);
      this.forced = forced;
    }

    @Override
    public boolean replace(
        Operation from, Operation to, Content response, Optional<Delivery> delivery) {
      if (super.replace(from, to, response, delivery)) {
        return true;
      }
      var stored = store.find(from.id());
      if (stored.isEmpty() || !forced.test(to)) {
        return false;
      }
      long version = stored.get().version();
      // A store refuses to change an ended operation, so the version before the end is passed.
      return super.replace(at(version, from), at(version + 1, to), response, delivery);
    }

    @Override
    public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
      return replacements.stream()
          .map(each -> replace(each.from(), each.to(), Content.EMPTY, each.delivery()))
          .map(Replacement.Result::of)
          .toList();
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

  /// No permit for one tenant.
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
