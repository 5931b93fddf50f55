package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.inspection.StoreCheck;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.store.HotCopy;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Copies of a store that accepts, ends and prunes all the time.
@Timeout(120)
final class HotCopyTest {
  private static final int COPIES = 8;
  private static final int LARGE = 70_000;
  private static final Duration RETENTION = Duration.ofMillis(1);

  @TempDir private Path folder;

  private final Samples samples = new Samples(InstantSource.system(), 11);
  private final Set<OperationId> queued = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stop = new AtomicBoolean();

  private Path data() {
    return folder.resolve("data");
  }

  private static HotCopy copies(Store store) {
    return store.hotCopy().orElseThrow();
  }

  private static Operation large(Operation of) {
    var request = of.request();
    return new Operation(
        of.id(),
        of.caller(),
        new Request(request.method(), request.target(), request.headers(), LARGE),
        of.base(),
        of.notification(),
        of.route(),
        of.reference(),
        of.credentials(),
        of.state(),
        of.version());
  }

  private static Content.Spooled body(Store store, Operation operation) {
    var spool = store.operations().spool(operation.id(), Samples.TENANT, Part.REQUEST);
    spool.write(Samples.bytes(LARGE, 1), 0, LARGE);
    return spool.seal();
  }

  /// Accepts one that stays queued and one that ends, both with a file.
  private synchronized void work(Store store) {
    var waiting = large(samples.queued());
    store.operations().accept(waiting, body(store, waiting), Optional.empty());
    queued.add(waiting.id());
    var started = large(samples.started(Samples.LEASE));
    store.operations().accept(started, body(store, started), Optional.empty());
    store
        .operations()
        .replace(started, samples.finished(started, 0), Content.EMPTY, Optional.empty());
  }

  private static void prune(Store store) {
    store.operations().prune(new RetentionStep(RETENTION, Duration.ofSeconds(1), Instant.now()));
  }

  private void repeat(Runnable work) {
    while (!stop.get()) {
      work.run();
    }
  }

  @Test
  void copiesAreCompleteWhileTheStoreChanges() throws Exception {
    try (var store = RocksStore.open(data());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      work(store);
      var workers =
          List.of(
              threads.submit(() -> repeat(() -> work(store))),
              threads.submit(() -> repeat(() -> prune(store))));
      try {
        for (int i = 0; i < COPIES; i++) {
          var before = Set.copyOf(queued);
          var target = folder.resolve("copy-" + i);
          copies(store).copyTo(target, (files, all) -> assertThat(files).isLessThanOrEqualTo(all));
          complete(target, before);
        }
      } finally {
        stop.set(true);
      }
      for (var worker : workers) {
        worker.get();
      }
    }
  }

  private static void complete(Path copy, Set<OperationId> before) {
    try (var store = RocksStore.open(copy)) {
      assertThat(problems(store)).isEmpty();
      assertThat(store.origin().copied()).isPresent();
      for (var id : before) {
        assertThat(store.operations().find(id)).as("%s", id).isPresent();
      }
    }
  }

  private static List<String> problems(Store store) {
    var problems = new ArrayList<String>();
    new StoreCheck(store.transferSource(), store.inspection(), Optional.empty(), problems::add)
        .run();
    return problems;
  }

  @Test
  void aTemporaryCopyIsRemoved() {
    var temporary = data().resolve("copy.tmp");
    try (var store = RocksStore.open(data())) {
      work(store);
      try (var copy = copies(store).openCopy((_, _) -> {})) {
        work(store);
        assertThat(temporary).exists();
        assertThat(problems(copy.store())).isEmpty();
        assertThat(copy.store().inspection().stats().operations().all()).isEqualTo(2);
        assertThatThrownBy(() -> copies(store).openCopy((_, _) -> {}))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("already");
      }
      assertThat(temporary).doesNotExist();
      assertThat(problems(store)).isEmpty();
    }
  }

  @Test
  void theNextStartRemovesATemporaryCopyOfACrash() throws Exception {
    try (var store = RocksStore.open(data())) {
      work(store);
    }
    var left = Files.createDirectories(data().resolve("copy.tmp").resolve("db"));
    Files.writeString(left.resolve("000001.sst"), "left");
    RocksStore.open(data()).close();
    assertThat(data().resolve("copy.tmp")).doesNotExist();
  }

  @Test
  void prunesWhatExpiredDuringACopyLater() {
    try (var store = RocksStore.open(data())) {
      work(store);
      copies(store)
          .copyTo(
              folder.resolve("copy"),
              (_, _) -> {
                // A prune within the copy, of another thread.
                prunedElsewhere(store);
              });
      assertThat(store.inspection().stats().operations().ended().finished()).isEqualTo(1);
      prune(store);
      prune(store);
      assertThat(store.inspection().stats().operations().ended().finished()).isZero();
    }
  }

  private static void prunedElsewhere(Store store) {
    try {
      Thread.ofVirtual().start(() -> prune(store)).join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
