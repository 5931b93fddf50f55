package dev.backlane.gateway.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.operator.RefusedGuesses.Limited;
import dev.backlane.gateway.operator.RefusedGuesses.Right;
import dev.backlane.gateway.operator.RefusedGuesses.Wrong;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RefusedGuessesTest {
  private static final String ATTACKER = "attacker";
  private static final String OPERATOR = "operator";

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final RefusedGuesses guesses = new RefusedGuesses(nanos::get);
  private final AtomicInteger compared = new AtomicInteger();

  private RefusedGuesses.Result guess(String client, boolean right) {
    return guesses.check(
        PeerNetwork.of(client),
        () -> {
          compared.incrementAndGet();
          return right;
        });
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void comparesNothingBeyondTheLimitOfAClient() {
    for (int n = 1; n <= RefusedGuesses.CLIENT_MAX; n++) {
      assertThat(guess(ATTACKER, false)).isEqualTo(new Wrong(n));
    }
    assertThat(guess(ATTACKER, true)).isEqualTo(new Limited(RefusedGuesses.WINDOW, true));
    pass(Duration.ofSeconds(20));
    assertThat(guess(ATTACKER, true)).isEqualTo(new Limited(Duration.ofSeconds(40), false));
    assertThat(compared).hasValue(RefusedGuesses.CLIENT_MAX);
    assertThat(guess(OPERATOR, true)).isEqualTo(new Right());
  }

  @Test
  void comparesAgainAfterAMinute() {
    for (int n = 0; n <= RefusedGuesses.CLIENT_MAX; n++) {
      var _ = guess(ATTACKER, false);
    }
    pass(RefusedGuesses.WINDOW);
    assertThat(guess(ATTACKER, true)).isEqualTo(new Right());
    assertThat(guess(ATTACKER, false)).isEqualTo(new Wrong(1));
  }

  @Test
  void rightGuessesAreNotLimited() {
    for (int n = 0; n < 10 * RefusedGuesses.TOTAL_MAX; n++) {
      assertThat(guess(OPERATOR, true)).isEqualTo(new Right());
    }
  }

  @Test
  void limitsUnknownClientsTogetherAndNoKnownOne() {
    assertThat(guess(OPERATOR, true)).isEqualTo(new Right());
    pass(Duration.ofDays(6));
    int clients = RefusedGuesses.TOTAL_MAX;
    for (int n = 0; n < clients; n++) {
      assertThat(guess("attacker-" + n, false)).isEqualTo(new Wrong(1));
    }
    int before = compared.get();
    assertThat(guess("another", true)).isEqualTo(new Limited(RefusedGuesses.WINDOW, true));
    assertThat(guess("attacker-0", true)).isEqualTo(new Limited(RefusedGuesses.WINDOW, false));
    assertThat(compared).hasValue(before);
    assertThat(guess(OPERATOR, false)).isEqualTo(new Wrong(1));
    assertThat(guess(OPERATOR, true)).isEqualTo(new Right());
    pass(RefusedGuesses.WINDOW);
    assertThat(guess("another", true)).isEqualTo(new Right());
  }

  @Test
  void concurrentGuessesDoNotExceedTheLimit() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < 20 * RefusedGuesses.CLIENT_MAX; n++) {
        threads.execute(() -> guess(ATTACKER, false));
      }
    }
    assertThat(compared).hasValue(RefusedGuesses.CLIENT_MAX);
  }
}
