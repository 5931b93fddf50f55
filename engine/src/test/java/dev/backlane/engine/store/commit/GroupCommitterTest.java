package dev.backlane.engine.store.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.failure.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class GroupCommitterTest {
  @Test
  void returnsToEachCallerItsOwnResult() throws Exception {
    int callers = 200;
    int each = 500;
    var committed = new ArrayList<Integer>();
    try (var committer = doubling(committed);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done = new ArrayList<Future<?>>();
      for (int caller = 0; caller < callers; caller++) {
        int start = caller * each;
        done.add(
            threads.submit(() -> {
              for (int i = start; i < start + each; i++) {
                assertThat(committer.submit(i)).isEqualTo(2L * i);
              }
            }));
      }
      for (var caller : done) {
        caller.get();
      }
    }
    assertThat(committed).hasSize(callers * each).doesNotHaveDuplicates();
  }

  @Test
  void appliesTheCommandsOfACallerInOrder() {
    var committed = new ArrayList<Integer>();
    try (var committer = doubling(committed)) {
      for (int i = 0; i < 1_000; i++) {
        committer.submit(i);
      }
    }
    assertThat(committed).isSorted().hasSize(1_000);
  }

  @Test
  void batchesCommandsThatWaitDuringACommit() throws Exception {
    var journal = new HeldJournal();
    try (var committer = new GroupCommitter<>("held", journal, command -> 1);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.execute(() -> committer.submit(0));
      journal.entered.await();
      var waiting = submitAndAwaitParked(committer, 64);
      journal.release.countDown();
      for (var thread : waiting) {
        thread.join();
      }
      assertThat(journal.batchSizes).containsExactly(1, 64);
    }
  }

  @Test
  void boundsABatchInCommandsAndBytes() throws Exception {
    var journal = new HeldJournal();
    long commandBytes = GroupCommitter.BATCH_BYTES_MAX / 10;
    try (var committer = new GroupCommitter<>("held", journal, command -> commandBytes)) {
      var first = Thread.startVirtualThread(() -> committer.submit(0));
      journal.entered.await();
      var waiting = submitAndAwaitParked(committer, 25);
      journal.release.countDown();
      first.join();
      for (var thread : waiting) {
        thread.join();
      }
      assertThat(journal.batchSizes).containsExactly(1, 10, 10, 5);
    }
    var byCount = new HeldJournal();
    try (var committer = new GroupCommitter<>("held", byCount, command -> 1)) {
      var first = Thread.startVirtualThread(() -> committer.submit(0));
      byCount.entered.await();
      var waiting = submitAndAwaitParked(committer, GroupCommitter.BATCH_COMMANDS_MAX + 3);
      byCount.release.countDown();
      first.join();
      for (var thread : waiting) {
        thread.join();
      }
      assertThat(byCount.batchSizes).containsExactly(1, GroupCommitter.BATCH_COMMANDS_MAX, 3);
    }
  }

  @Test
  void commitsAnOversizedCommandAlone() {
    try (var committer =
        new GroupCommitter<Integer, Integer>(
            "large", commands -> commands, _ -> Long.MAX_VALUE / 2)) {
      assertThat(committer.submit(7)).isEqualTo(7);
    }
  }

  @Test
  void failsAllCallersOfABatchAndContinues() {
    var calls = new AtomicInteger();
    try (var committer =
        new GroupCommitter<Integer, Integer>(
            "failing",
            commands -> {
              if (calls.incrementAndGet() == 1) {
                throw new StoreException("the disk is full");
              }
              return commands;
            },
            _ -> 1)) {
      assertThatThrownBy(() -> committer.submit(1))
          .isInstanceOf(StoreException.class)
          .hasMessage("the disk is full");
      assertThat(committer.submit(2)).isEqualTo(2);
    }
  }

  @Test
  void wakesAllCallersAfterAnError() {
    try (var committer =
        new GroupCommitter<Integer, Integer>(
            "failing",
            _ -> {
              throw new LinkageError("injected");
            },
            _ -> 1)) {
      assertThatThrownBy(() -> committer.submit(1))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("injected");
    }
  }

  @Test
  void survivesCommandsWhoseSizeIsUnknown() {
    try (var committer =
        new GroupCommitter<Integer, Integer>(
            "unknown",
            commands -> commands,
            command -> {
              throw new IllegalStateException("broken on purpose");
            })) {
      assertThat(committer.submit(1)).isEqualTo(1);
      assertThat(committer.submit(2)).isEqualTo(2);
    }
  }

  @Test
  void treatsAMissingResultAsAFailure() {
    try (var committer = new GroupCommitter<Integer, Integer>("short", _ -> List.of(), _ -> 1)) {
      assertThatThrownBy(() -> committer.submit(1)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void interruptedCallerGetsItsResultAndKeepsTheInterrupt() throws Exception {
    var journal = new HeldJournal();
    try (var committer = new GroupCommitter<>("held", journal, command -> 1)) {
      var interrupted = new AtomicInteger();
      var caller =
          Thread.startVirtualThread(() -> {
            int result = committer.submit(5);
            interrupted.set(Thread.currentThread().isInterrupted() ? result : -1);
          });
      journal.entered.await();
      caller.interrupt();
      journal.release.countDown();
      caller.join();
      assertThat(interrupted).hasValue(5);
    }
  }

  @Test
  void closeCommitsWaitingAndRefusesLaterCommands() throws Exception {
    var journal = new HeldJournal();
    var committer = new GroupCommitter<>("held", journal, command -> 1);
    var first = Thread.startVirtualThread(() -> committer.submit(0));
    journal.entered.await();
    var waiting = submitAndAwaitParked(committer, 10);
    var closer = Thread.startVirtualThread(committer::close);
    journal.release.countDown();
    closer.join();
    first.join();
    for (var thread : waiting) {
      thread.join();
    }
    assertThat(journal.batchSizes).containsExactly(1, 10);
    assertThatThrownBy(() -> committer.submit(1))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
    committer.close();
  }

  @Test
  void closeUnderLoadCompletesEveryCaller() throws Exception {
    for (int round = 0; round < 50; round++) {
      Set<Integer> applied = ConcurrentHashMap.newKeySet();
      Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
      var committer =
          new GroupCommitter<Integer, Integer>(
              "crowd",
              commands -> {
                applied.addAll(commands);
                return commands;
              },
              _ -> 1);
      var ids = new AtomicInteger();
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 32; i++) {
        threads.add(
            Thread.startVirtualThread(() -> {
              try {
                while (true) {
                  acknowledged.add(committer.submit(ids.incrementAndGet()));
                }
              } catch (StoreException closed) {
                assertThat(closed).hasMessageContaining("closed");
              }
            }));
      }
      while (acknowledged.size() < 200) {
        Thread.onSpinWait();
      }
      committer.close();
      for (var thread : threads) {
        assertThat(thread.join(java.time.Duration.ofSeconds(10))).isTrue();
      }
      assertThat(acknowledged).isEqualTo(applied);
    }
  }

  private static GroupCommitter<Integer, Long> doubling(List<Integer> committed) {
    return new GroupCommitter<>(
        "doubling",
        commands -> {
          committed.addAll(commands);
          return commands.stream().map(command -> 2L * command).toList();
        },
        _ -> 1);
  }

  private static List<Thread> submitAndAwaitParked(
      GroupCommitter<Integer, Integer> committer, int count) {
    var threads = new ArrayList<Thread>();
    for (int i = 1; i <= count; i++) {
      int command = i;
      threads.add(Thread.startVirtualThread(() -> committer.submit(command)));
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING)) {
      assertThat(System.nanoTime())
          .as("all callers are waiting before the deadline")
          .isLessThan(deadline);
      Thread.onSpinWait();
    }
    return threads;
  }

  private static final class HeldJournal implements GroupCommitter.Journal<Integer, Integer> {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);
    final List<Integer> batchSizes = new ArrayList<>();

    @Override
    public List<Integer> commit(List<Integer> commands) {
      entered.countDown();
      try {
        release.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
      synchronized (this) {
        batchSizes.add(commands.size());
      }
      return commands;
    }
  }
}
