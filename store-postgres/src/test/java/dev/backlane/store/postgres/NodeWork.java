package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.store.testkit.DeliverySamples;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The work of a node: on its own thread it repeatedly accepts calls, and executes them and those
/// of other nodes. Thread-safe.
final class NodeWork implements AutoCloseable {
  private static final Permits UNLIMITED = new UnlimitedPermits();
  private static final int CLAIM_MAX = 10;
  private static final int SPOOLED_BYTES = 100_000;
  private static final Duration LEASE = Duration.ofSeconds(10);

  private final PostgresStore store;
  private final InstantSource clock;
  private final String name;
  private final Samples samples;
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();
  private final Semaphore rounds = new Semaphore(0);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
  private volatile boolean ending;
  private volatile Optional<Throwable> fault = Optional.empty();

  NodeWork(PostgresStore store, InstantSource clock, String name) {
    this.store = store;
    this.clock = clock;
    this.name = name;
    this.samples = new Samples(clock, name.hashCode());
    thread.execute(this::run);
  }

  private void run() {
    try {
      for (int number = 0; !ending; number++) {
        round(number);
        rounds.release();
      }
    } catch (RuntimeException | AssertionError broken) {
      fault = Optional.of(broken);
    }
  }

  private void round(int number) {
    store.operations().renew(name, LEASE, List.of());
    var queued = samples.queued();
    var key = Samples.key(name + " " + number, "call");
    store.operations().accept(queued, body(queued.id(), Part.REQUEST, number), Optional.of(key));
    accepted.incrementAndGet();
    var running = samples.started(new Lease(name, number));
    store.operations().accept(running, Content.EMPTY, Optional.empty());
    accepted.incrementAndGet();
    finish(running, number);
    finishClaimed(number);
    store.operations().held(name);
    assertThat(store.operations().find(running.id())).isPresent();
    assertThat(store.operations().content(running, Part.RESPONSE)).isPresent();
    assertThat(store.operations().list(Samples.listing(Samples.CALLER, 2)).operations())
        .isNotEmpty();
  }

  private int finishClaimed(int number) {
    var claimed =
        store.operations().claim(CLAIM_MAX, UNLIMITED, new Lease(name, number), clock.instant());
    claimed.forEach(operation -> finish(operation, number));
    return claimed.size();
  }

  private Content body(OperationId id, Part part, int number) {
    if (number % 2 == 0) {
      return new Content.Inline(Samples.bytes(11, number));
    }
    var spool = store.operations().spool(id, Samples.TENANT, part);
    spool.write(Samples.bytes(SPOOLED_BYTES, number), 0, SPOOLED_BYTES);
    return spool.seal();
  }

  private void finish(Operation running, int number) {
    var response = body(running.id(), Part.RESPONSE, number);
    var target = new Delivery.Subscribed("sub_1", List.of());
    var delivery = DeliverySamples.of(running.id(), target, clock.instant());
    var end = samples.finished(running, response.length());
    assertThat(store.operations().replace(running, end, response, Optional.of(delivery))).isTrue();
    finished.incrementAndGet();
    var deliveries = store.deliveries();
    for (var due : deliveries.claim(CLAIM_MAX, UNLIMITED, LEASE, clock.instant())) {
      deliveries.replace(due, new DeliverySamples(clock, number).delivered(due));
    }
  }

  int accepted() {
    return accepted.get();
  }

  int finished() {
    return finished.get();
  }

  /// Waits for a number of further rounds.
  void awaitRounds(int more) throws InterruptedException {
    rounds.drainPermits();
    while (!rounds.tryAcquire(more, 100, TimeUnit.MILLISECONDS)) {
      fault.ifPresent(broken -> {
        throw new AssertionError("the node " + name + " works no more", broken);
      });
    }
  }

  /// Ends after the current round.
  void end() {
    ending = true;
    thread.close();
  }

  /// Finishes the remaining operations, including those of nodes that have ended.
  void drain() {
    int number = rounds.availablePermits();
    while (finishClaimed(number) > 0) {
      number++;
    }
  }

  @Override
  public void close() {
    end();
  }
}
