package dev.backlane.gateway.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RefresherTest {
  private static final Duration INTERVAL = Duration.ofSeconds(3);

  private final List<Runnable> started = new ArrayList<>();
  private final List<Duration> waits = new ArrayList<>();

  /// Threads that the test runs, without passing time. The wait after a number of waits is
  /// interrupted.
  private Threads threads(int waitsMax) {
    return new Threads() {
      @Override
      public void start(String name, Runnable work) {
        started.add(work);
      }

      @Override
      public long nanoTime() {
        return 0;
      }

      @Override
      public Signal signal() {
        return new Signal() {
          @Override
          public void raise() {}

          @Override
          public boolean await(Duration max) throws InterruptedException {
            waits.add(max);
            if (waits.size() > waitsMax) {
              throw new InterruptedException();
            }
            return false;
          }
        };
      }
    };
  }

  @Test
  void readsOncePerInterval() {
    var read = new ArrayList<Integer>();
    var refresher =
        new Refresher("subscriptions", INTERVAL, () -> read.add(waits.size()), threads(3));
    assertThat(started).isEmpty();
    refresher.start();
    started.getFirst().run();
    assertThat(read).containsExactly(1, 2, 3);
    assertThat(waits).containsOnly(INTERVAL);
  }

  @Test
  void continuesAfterAnyExceptionOfARead() {
    var faults =
        List.of(
            new StoreException("the database is unavailable"), new IllegalStateException("broken"));
    var failing = new ArrayList<Boolean>();
    var refreshers = new ArrayList<Refresher>();
    refreshers.add(
        new Refresher(
            "subscriptions",
            INTERVAL,
            () -> {
              failing.add(refreshers.getFirst().failing());
              if (waits.size() <= faults.size()) {
                throw faults.get(waits.size() - 1);
              }
            },
            threads(4)));
    refreshers.getFirst().start();
    started.getFirst().run();
    assertThat(failing).containsExactly(false, true, true, false);
  }

  @Test
  void endsWhenClosed() throws Exception {
    var reading = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    var threads =
        new Threads() {
          @Override
          public void start(String name, Runnable work) {
            Threads.VIRTUAL.start(
                name,
                () -> {
                  work.run();
                  ended.countDown();
                });
          }

          @Override
          public long nanoTime() {
            return Threads.VIRTUAL.nanoTime();
          }

          @Override
          public Signal signal() {
            return Threads.VIRTUAL.signal();
          }
        };
    try (var refresher =
        new Refresher("subscriptions", Duration.ofMillis(1), reading::countDown, threads)) {
      refresher.start();
      assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
