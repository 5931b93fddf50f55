package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class IdleTrialsTest {
  private final Clock clock = new Clock();
  private final IdleLifetimes lifetimes = new IdleLifetimes();
  private final IdleTrials<Idle> trials =
      new IdleTrials<>(lifetimes, clock::after, () -> clock.nanos, idle -> idle.closed = true);

  @Test
  void trustsAnUpstreamThatKeepsConnectionsAfterSeconds() {
    for (int step = 0; step < 120 && !lifetimes.trust(Duration.ZERO); step++) {
      load(UnaryOperator.identity());
    }
    assertThat(lifetimes.trust(Duration.ZERO)).isTrue();
    assertThat(clock.now()).isLessThan(Duration.ofSeconds(6));
  }

  @Test
  void neverTrustsAnUpstreamThatClosesThemEarly() {
    for (int step = 0; step < 2_000; step++) {
      load(idle -> idle.closesAfter(Duration.ofMillis(900)));
      assertThat(lifetimes.trust(Duration.ZERO)).isFalse();
    }
  }

  @Test
  void closesWhatItHeld() {
    var idle = new Idle(clock);
    assertThat(trials.offer(idle)).isTrue();
    assertThat(trials.holding()).isEqualTo(1);
    respond();
    clock.pass(Duration.ofMillis(1_100));
    assertThat(idle.closed).isTrue();
    assertThat(trials.holding()).isZero();
  }

  @Test
  void endsEarlyIfTheUpstreamServesNoOtherConnection() {
    var idle = new Idle(clock);
    assertThat(trials.offer(idle)).isTrue();
    clock.pass(Duration.ofMillis(100));
    assertThat(idle.closed).isTrue();
    assertThat(trials.offer(new Idle(clock))).isFalse();
  }

  @Test
  void responseToAnEarlierRequestIsNoConfirmation() {
    long sent = clock.nanos;
    clock.pass(Duration.ofMillis(1));
    var idle = new Idle(clock);
    trials.offer(idle);
    trials.responded(sent);
    clock.pass(Duration.ofMillis(100));
    assertThat(idle.closed).isTrue();
  }

  @Test
  void pausesLongerAfterEachFailure() {
    List<Duration> begun = new ArrayList<>();
    while (begun.size() < 9) {
      if (trials.offer(new Idle(clock))) {
        begun.add(clock.now());
      }
      clock.pass(Duration.ofMillis(100));
    }
    assertThat(pauses(begun)).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
  }

  @Test
  void holdsFewConnectionsAtFirst() {
    assertThat(trials.offer(new Idle(clock))).isTrue();
    assertThat(trials.offer(new Idle(clock))).isTrue();
    assertThat(trials.offer(new Idle(clock))).isFalse();
  }

  @Test
  void releasesConnectionsThatAreNeeded() {
    var first = new Idle(clock);
    var second = new Idle(clock);
    trials.offer(first);
    trials.offer(second);
    trials.release(1);
    assertThat(first.closed).isFalse();
    assertThat(second.closed).isTrue();
    assertThat(trials.holding()).isEqualTo(1);
  }

  @Test
  void releaseIsNoFailure() {
    trials.offer(new Idle(clock));
    trials.release(1);
    clock.pass(Duration.ofMillis(100));
    assertThat(trials.offer(new Idle(clock))).isTrue();
  }

  @Test
  void holdsNothingOnceTheUpstreamIsTrusted() {
    for (int each = 0; each < 32; each++) {
      lifetimes.survived(Duration.ofSeconds(1));
    }
    assertThat(trials.offer(new Idle(clock))).isFalse();
  }

  @Test
  void holdsNothingOnceItIsClosed() {
    var idle = new Idle(clock);
    trials.offer(idle);
    trials.close();
    assertThat(idle.closed).isTrue();
    assertThat(trials.offer(new Idle(clock))).isFalse();
    clock.pass(Duration.ofSeconds(2));
    assertThat(trials.holding()).isZero();
  }

  /// 50 ms of a load in which each request finds an idle connection.
  private void load(UnaryOperator<Idle> upstream) {
    for (int each = 0; each < 10; each++) {
      trials.offer(upstream.apply(new Idle(clock)));
      respond();
      clock.pass(Duration.ofMillis(5));
    }
  }

  private void respond() {
    clock.nanos++;
    trials.responded(clock.nanos);
  }

  private static List<Long> pauses(List<Duration> begun) {
    List<Long> pauses = new ArrayList<>();
    for (int each = 1; each < begun.size(); each++) {
      pauses.add(begun.get(each).minus(begun.get(each - 1)).toSeconds());
    }
    return pauses;
  }

  private static final class Idle implements IdleTrials.Candidate {
    private final Clock clock;
    private final Duration since;
    private Duration lifetime = Duration.ofDays(1);
    private boolean closed;

    Idle(Clock clock) {
      this.clock = clock;
      this.since = clock.now();
    }

    Idle closesAfter(Duration time) {
      lifetime = time;
      return this;
    }

    @Override
    public boolean isOpen() {
      return idleFor().compareTo(lifetime) < 0;
    }

    @Override
    public Duration idleFor() {
      return clock.now().minus(since);
    }

    @Override
    public Duration seenOpenFor() {
      return Duration.ZERO;
    }
  }

  /// A clock that passes by hand, and runs what is due.
  private static final class Clock {
    private record Due(long nanos, Runnable action) {}

    private final PriorityQueue<Due> due =
        new PriorityQueue<>(Comparator.comparingLong(Due::nanos));
    private long nanos;

    Duration now() {
      return Duration.ofNanos(nanos);
    }

    void after(Duration delay, Runnable action) {
      due.add(new Due(nanos + delay.toNanos(), action));
    }

    void pass(Duration time) {
      long end = nanos + time.toNanos();
      for (var next = due.peek(); next != null && next.nanos() <= end; next = due.peek()) {
        nanos = Math.max(nanos, next.nanos());
        due.remove();
        next.action().run();
      }
      nanos = end;
    }
  }
}
