package dev.backlane.gateway.operator;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.backlane.gateway.connect.PeerNetwork;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// Limits how often clients can be wrong about a secret.
///
/// Before each comparison, the number of the client's wrong guesses in the present minute is
/// checked: after [#CLIENT_MAX] of them, nothing is compared for this client until the minute is
/// over, not even the right secret. Another client is not affected. All clients together have
/// [#TOTAL_MAX] wrong guesses in a minute; a client that has had the right secret before has only
/// its own limit, so that attackers at many addresses do not lock operators out.
///
/// A check, its comparison and its count are one step, so that no number of concurrent guesses
/// exceeds a limit. Memory is bounded: an entry exists only for a client that was wrong within the
/// limits, or right. Thread-safe.
final class RefusedGuesses {
  static final int CLIENT_MAX = 30;
  static final int TOTAL_MAX = 300;
  static final Duration WINDOW = Duration.ofMinutes(1);

  private static final int KNOWN_CLIENTS_MAX = 1_000;
  private static final Duration KNOWN_FOR = Duration.ofDays(7);
  private static final int CLIENTS_MAX = 10_000;

  private final LongSupplier nanoTime;
  private final Cache<PeerNetwork, Window> clients;
  private final Cache<PeerNetwork, Boolean> known;
  private Window total;

  /// The result of a guess.
  sealed interface Result {}

  /// The secret is right.
  record Right() implements Result {}

  /// The secret is wrong.
  ///
  /// @param count of this client in the present minute, this one included
  record Wrong(int count) implements Result {}

  /// Nothing was compared.
  ///
  /// @param left until the minute is over
  /// @param first whether this is the first such result since the limit was reached
  record Limited(Duration left, boolean first) implements Result {}

  /// The wrong guesses of a minute that begins with the first of them.
  private static final class Window {
    final long startNanos;
    int count;
    boolean limited;

    Window(long startNanos) {
      this.startNanos = startNanos;
    }

    Duration left(long nowNanos) {
      return WINDOW.minusNanos(nowNanos - startNanos);
    }

    Limited limited(long nowNanos) {
      boolean first = !limited;
      limited = true;
      return new Limited(left(nowNanos), first);
    }
  }

  /// @param nanoTime a monotonic clock
  RefusedGuesses(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.clients = cache(CLIENTS_MAX).expireAfterWrite(WINDOW).build();
    this.known = cache(KNOWN_CLIENTS_MAX).expireAfterWrite(KNOWN_FOR).build();
    this.total = new Window(nanoTime.getAsLong());
  }

  private Caffeine<Object, Object> cache(int entriesMax) {
    return Caffeine.newBuilder()
        .maximumSize(entriesMax)
        .ticker(nanoTime::getAsLong)
        .executor(Runnable::run);
  }

  /// Compares a guess, unless a limit is reached.
  ///
  /// @param client that guesses
  /// @param isRight compares; called at most once
  synchronized Result check(PeerNetwork client, BooleanSupplier isRight) {
    long now = nanoTime.getAsLong();
    var own = clients.getIfPresent(client);
    if (own != null && own.count >= CLIENT_MAX) {
      return own.limited(now);
    }
    if (!total.left(now).isPositive()) {
      total = new Window(now);
    }
    if (total.count >= TOTAL_MAX && known.getIfPresent(client) == null) {
      return total.limited(now);
    }
    if (isRight.getAsBoolean()) {
      known.put(client, true);
      return new Right();
    }
    if (own == null) {
      own = new Window(now);
      clients.put(client, own);
    }
    own.count++;
    total.count++;
    return new Wrong(own.count);
  }
}
