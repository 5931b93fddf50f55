package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.SettableClock;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The base of every topic of [StoreContract]: a settable clock, samples of operations, and the
/// store under test, opened empty before each test.
abstract class StoreTopic {
  static final Permits UNLIMITED = new UnlimitedPermits();
  static final Duration RETENTION = Duration.ofHours(24);

  final StoreFixture fixture;
  final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  final Samples samples = new Samples(clock, 42);
  Store opened;

  /// The operations of [#opened].
  OperationStore store;

  /// @param fixture opens the store under test
  StoreTopic(StoreFixture fixture) {
    this.fixture = fixture;
  }

  final DeliveryStore deliveries() {
    return opened.deliveries();
  }

  final RecordStore records() {
    return opened.records();
  }

  @BeforeEach
  final void openStore() throws Exception {
    use(fixture.open(clock));
  }

  @AfterEach
  final void closeStore() {
    opened.close();
  }

  private void use(Store next) {
    opened = next;
    store = next.operations();
  }

  final void restart() throws Exception {
    use(fixture.reopen(opened, clock));
  }

  final Operation accepted(Operation operation) {
    assertThat(store.accept(operation, Content.EMPTY, Optional.empty()))
        .isEqualTo(new Acceptance.Stored());
    return operation;
  }

  final Operation replaced(Operation from, Operation to) {
    assertThat(store.replace(from, to, Content.EMPTY, Optional.empty())).isTrue();
    return to;
  }

  /// Lets time pass while a process observes it, and prunes.
  final void pass(Duration time) {
    clock.advance(time);
    prune(time);
  }

  /// Lets time pass until everything that has ended is past the retention, and prunes.
  final void expire() {
    pass(RetentionStep.kept(RETENTION));
  }

  /// Prunes after an observed time, whatever the clock shows.
  final void prune(Duration elapsed) {
    store.prune(new RetentionStep(RETENTION, elapsed, clock.instant()));
  }

  /// Claims due operations without a limit on permits.
  final List<Operation> claim(int max) {
    return store.claim(max, UNLIMITED, Samples.LEASE, clock.instant());
  }

  /// Stores an operation that has ended.
  final Operation acceptedAndFinished() {
    var started = accepted(samples.started(Samples.LEASE));
    return replaced(started, samples.finished(started, 0));
  }

  final Content spooled(OperationId id, Part part, byte[] bytes) {
    var spool = store.spool(id, Samples.TENANT, part);
    int half = bytes.length / 2;
    spool.write(bytes, 0, half);
    spool.write(bytes, half, bytes.length - half);
    return spool.seal();
  }

  final byte[] read(OperationId id, Part part, long offset) {
    try (var in =
        store.find(id).flatMap(found -> store.content(found, part)).orElseThrow().open(offset)) {
      return in.readAllBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// Runs the same work in many threads that start at the same time.
  static <T> List<T> together(int threads, Callable<T> work) throws Exception {
    var begin = new CountDownLatch(1);
    var results = new ArrayList<T>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = new ArrayList<Future<T>>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            executor.submit(() -> {
              begin.await();
              return work.call();
            }));
      }
      begin.countDown();
      for (var future : futures) {
        results.add(future.get());
      }
    }
    return results;
  }
}
