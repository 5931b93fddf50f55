package dev.backlane.engine.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(30)
final class LoopTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));
  private static final Duration INTERVAL = Duration.ofSeconds(3);
  private static final Duration END_MAX = Duration.ofSeconds(10);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Loop.class);

  @BeforeEach
  void captureLog() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void releaseLog() {
    logger.detachAppender(log);
  }

  private List<String> messages() {
    return log.list.stream()
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  /// A loop whose steps follow a script, and return [Next.Done] at its end.
  private static Loop scripted(Threads threads, Loop.Step... steps) {
    Deque<Loop.Step> script = new ArrayDeque<>(List.of(steps));
    return new Loop(
        "Lease renewal",
        () -> script.isEmpty() ? Next.done() : script.remove().run(),
        BACKOFF,
        threads);
  }

  private static Loop.Step failing(RuntimeException cause) {
    return () -> {
      throw cause;
    };
  }

  @Test
  void waitsAsTheStepRequests() {
    var threads = new ScriptedThreads(10);
    var loop =
        scripted(
            threads,
            () -> Next.after(INTERVAL),
            Next::again,
            () -> Next.after(Duration.ofMillis(1)),
            () -> Next.after(Duration.ofDays(400)));
    loop.start();
    assertThat(threads.waits()).containsExactly(INTERVAL, Duration.ofMillis(1), Loop.WAIT_MAX);
    assertThat(threads.started()).containsExactly("lease-renewal");
    assertThat(log.list).isEmpty();
  }

  @Test
  void waitsBeforeTheFirstStepIfRequested() {
    var threads = new ScriptedThreads(1);
    var waitsSeen = new ArrayList<Integer>();
    scripted(
            threads,
            () -> {
              waitsSeen.add(threads.waits().size());
              return Next.done();
            })
        .startAfter(INTERVAL);
    assertThat(threads.waits()).containsExactly(INTERVAL);
    assertThat(waitsSeen).containsExactly(1);
  }

  @Test
  void slowsDownWithoutProgress() {
    var threads = new ScriptedThreads(13);
    new Loop("Idle", () -> Next.after(Duration.ZERO), BACKOFF, threads).start();
    assertThat(threads.waitMillis())
        .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1000L, 1000L, 1000L);
  }

  @Test
  void treatsNegativeAndTinyWaitsAsNone() {
    var threads = new ScriptedThreads(10);
    scripted(
            threads,
            () -> Next.after(Duration.ofSeconds(-5)),
            () -> Next.after(Duration.ofNanos(999_999)),
            () -> Next.after(Duration.ofNanos(1)))
        .start();
    assertThat(threads.waitMillis()).containsExactly(1L, 2L, 4L);
  }

  @Test
  void progressOrARealWaitResetsThePauses() {
    var threads = new ScriptedThreads(10);
    Loop.Step idle = () -> Next.after(Duration.ZERO);
    scripted(threads, idle, idle, Next::again, idle, idle, () -> Next.after(INTERVAL), idle)
        .start();
    assertThat(threads.waitMillis()).containsExactly(1L, 2L, 1L, 2L, 3000L, 1L);
  }

  @Test
  void wakingDoesNotResetThePauses() {
    var threads = new ScriptedThreads(6);
    var loops = new ArrayList<Loop>();
    loops.add(
        new Loop(
            "Idle",
            () -> {
              if (threads.waits().size() % 2 == 0) {
                loops.getFirst().wake();
              }
              return Next.after(Duration.ZERO);
            },
            BACKOFF,
            threads));
    loops.getFirst().start();
    assertThat(threads.waitMillis()).containsExactly(0L, 2L, 0L, 8L, 0L, 32L);
  }

  @Test
  void survivesEveryRuntimeExceptionAndBacksOff() {
    var threads = new ScriptedThreads(10);
    var faults =
        List.of(
            new StoreException("the database is unavailable"),
            new IllegalStateException("broken"),
            new NullPointerException(),
            new ArithmeticException(),
            new StoreException("the database is unavailable"),
            new UnsupportedOperationException());
    var steps = new ArrayList<Loop.Step>();
    faults.forEach(fault -> steps.add(failing(fault)));
    steps.add(() -> Next.after(INTERVAL));
    steps.add(failing(new IllegalStateException("broken again")));
    scripted(threads, steps.toArray(Loop.Step[]::new)).start();
    assertThat(threads.waitMillis())
        .containsExactly(100L, 200L, 400L, 800L, 1000L, 1000L, 3000L, 100L);
  }

  @Test
  void logsAnUnavailableStoreOnceAndItsRecoveryOnce() {
    var threads = new ScriptedThreads(10);
    var unavailable = new StoreException("the database is unavailable");
    scripted(
            threads,
            failing(unavailable),
            failing(unavailable),
            failing(unavailable),
            Next::again,
            Next::again)
        .start();
    assertThat(messages())
        .containsExactly(
            "WARN Lease renewal failed; retrying in 100 ms: the database is unavailable",
            "INFO Lease renewal works again; it failed for 700 ms");
    assertThat(log.list.getFirst().getThrowableProxy()).isNull();
  }

  @Test
  void logsAnUnexpectedExceptionOnceWithItsStackTrace() {
    var threads = new ScriptedThreads(10);
    var broken = new IllegalStateException("broken");
    scripted(threads, failing(broken), failing(broken), () -> Next.after(INTERVAL)).start();
    assertThat(messages())
        .containsExactly(
            "ERROR Lease renewal failed unexpectedly; retrying in 100 ms",
            "INFO Lease renewal works again; it failed for 300 ms");
    assertThat(log.list.getFirst().getThrowableProxy().getMessage()).isEqualTo("broken");
  }

  @Test
  void logsAnUnexpectedExceptionDuringAnOutage() {
    var threads = new ScriptedThreads(10);
    scripted(
            threads,
            failing(new StoreException("the database is unavailable")),
            failing(new IllegalStateException("broken")),
            failing(new StoreException("the database is unavailable")))
        .start();
    assertThat(log.list)
        .extracting(ILoggingEvent::getLevel)
        .as("%s", messages())
        .containsExactly(Level.WARN, Level.ERROR, Level.INFO);
  }

  @Test
  void aStepMayChooseTheWaitAfterItsFailure() {
    var threads = new ScriptedThreads(10);
    var loop =
        scripted(
            threads,
            () -> Next.retry(new StoreException("unavailable"), Duration.ofSeconds(7)),
            () -> Next.retry(new StoreException("unavailable"), Duration.ZERO),
            failing(new StoreException("unavailable")));
    loop.start();
    assertThat(threads.waitMillis()).containsExactly(7000L, 1L, 400L);
    assertThat(log.list).hasSize(2);
  }

  @Test
  void reportsWhetherTheLastStepFailed() {
    var threads = new ScriptedThreads(10);
    var failing = new ArrayList<Boolean>();
    var loops = new ArrayList<Loop>();
    var steps = new ArrayDeque<Boolean>(List.of(true, true, false, false));
    loops.add(
        new Loop(
            "Probe",
            () -> {
              failing.add(loops.getFirst().failing());
              if (steps.isEmpty()) {
                return Next.done();
              }
              if (steps.remove()) {
                throw new StoreException("unavailable");
              }
              return Next.again();
            },
            BACKOFF,
            threads));
    loops.getFirst().start();
    assertThat(failing).containsExactly(false, true, true, false, false);
  }

  @Test
  void survivesAnError() {
    var threads = new ScriptedThreads(3);
    var runs = new ArrayList<Integer>();
    new Loop(
            "Lease renewal",
            () -> {
              runs.add(runs.size());
              if (runs.size() <= 2) {
                throw new LinkageError("broken on purpose");
              }
              return Next.after(Duration.ofSeconds(1));
            },
            BACKOFF,
            threads)
        .start();
    assertThat(runs).hasSize(4);
    assertThat(messages()).hasSize(2).first().asString().startsWith("ERROR Lease renewal failed");
  }

  @Test
  void wakingRunsTheStepAtOnce() throws Exception {
    var runs = new Semaphore(0);
    try (var loop =
        new Loop(
            "Long wait",
            () -> {
              runs.release();
              return Next.after(Duration.ofHours(1));
            },
            BACKOFF,
            Threads.VIRTUAL)) {
      loop.start();
      assertThat(runs.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 3; i++) {
        loop.wake();
        assertThat(runs.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void aWakeUpDuringAStepIsNotLost() {
    var threads = new ScriptedThreads(10);
    var loops = new ArrayList<Loop>();
    loops.add(
        scripted(
            threads,
            () -> {
              loops.getFirst().wake();
              return Next.after(INTERVAL);
            },
            () -> Next.after(INTERVAL)));
    loops.getFirst().start();
    assertThat(threads.waits()).containsExactly(Duration.ZERO, INTERVAL);
  }

  @Test
  void stopsDuringAWaitAndReportsTheEnd() throws Exception {
    var ran = new CountDownLatch(1);
    var loop =
        new Loop(
            "Long wait",
            () -> {
              ran.countDown();
              return Next.after(Duration.ofHours(1));
            },
            BACKOFF,
            Threads.VIRTUAL);
    assertThat(loop.awaitEnd(Duration.ZERO)).as("never started").isTrue();
    loop.start();
    assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.awaitEnd(Duration.ofMillis(1))).as("still running").isFalse();
    loop.stop();
    assertThat(loop.awaitEnd(END_MAX)).isTrue();
    assertThat(loop.awaitEnd(END_MAX)).as("called again").isTrue();
    assertThat(log.list).isEmpty();
  }

  @Test
  void stopLetsARunningStepCompleteAndRunsNoOther() throws Exception {
    var running = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    var completed = new AtomicInteger();
    var loop =
        new Loop(
            "Long step",
            () -> {
              running.countDown();
              released.await();
              completed.incrementAndGet();
              return Next.again();
            },
            BACKOFF,
            Threads.VIRTUAL);
    loop.start();
    running.await();
    loop.stop();
    assertThat(loop.awaitEnd(Duration.ofMillis(1))).as("the step is running").isFalse();
    released.countDown();
    assertThat(loop.awaitEnd(END_MAX)).isTrue();
    assertThat(completed).hasValue(1);
  }

  @Test
  void stoppedBeforeItStartsRunsNothing() throws Exception {
    var runs = new AtomicInteger();
    var threads = new ScriptedThreads(10);
    var loop =
        new Loop(
            "Nothing",
            () -> {
              runs.incrementAndGet();
              return Next.done();
            },
            BACKOFF,
            threads);
    loop.stop();
    loop.startAfter(INTERVAL);
    assertThat(runs).hasValue(0);
    assertThat(threads.waits()).isEmpty();
    assertThat(loop.awaitEnd(Duration.ZERO)).isTrue();
  }

  @Test
  void failuresWhileStoppingAreNoWarning() {
    var threads = new ScriptedThreads(10);
    var loops = new ArrayList<Loop>();
    loops.add(
        scripted(
            threads,
            () -> {
              loops.getFirst().stop();
              throw new StoreException("the store is closed");
            }));
    loops.getFirst().start();
    assertThat(log.list).isEmpty();
    assertThat(threads.waits()).isEmpty();
  }

  @Test
  void endsWhenItsThreadIsInterrupted() throws Exception {
    var thread = new AtomicReference<Thread>();
    var waiting = new CountDownLatch(1);
    var loop =
        new Loop(
            "Long wait",
            () -> {
              thread.set(Thread.currentThread());
              waiting.countDown();
              return Next.after(Duration.ofHours(1));
            },
            BACKOFF,
            Threads.VIRTUAL);
    loop.start();
    waiting.await();
    thread.get().interrupt();
    assertThat(loop.awaitEnd(END_MAX)).isTrue();
    assertThat(log.list).isEmpty();
  }

  @Test
  void notifiesEveryWaiterOfTheEnd() throws Exception {
    var loop = new Loop("Wait", () -> Next.after(Duration.ofHours(1)), BACKOFF, Threads.VIRTUAL);
    loop.start();
    var ends = new Semaphore(0);
    for (int i = 0; i < 5; i++) {
      Threads.VIRTUAL.start(
          "waiter",
          () -> {
            try {
              if (loop.awaitEnd(END_MAX)) {
                ends.release();
              }
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
          });
    }
    loop.stop();
    assertThat(ends.tryAcquire(5, 20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void isStartedOnce() {
    var loop = scripted(new ScriptedThreads(10));
    loop.start();
    assertThatIllegalStateException().isThrownBy(loop::start);
  }
}
