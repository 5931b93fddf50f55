package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The renewal of a lease detects a server that holds its connections open but does not respond.
/// From then on no other caller waits for the server.
@Timeout(60)
final class SilentDatabaseTest {
  private static final Duration LEASE = Duration.ofSeconds(3);

  /// The connection timeout of the pool plus a margin for a slow machine.
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(4);

  private static final Duration AT_ONCE = Duration.ofMillis(500);
  private static final Duration BACK_WITHIN = Duration.ofSeconds(10);

  @Test
  void noticesASilentDatabaseWithinALease() throws Exception {
    try (var server = PostgresServer.start(PostgresVersion.NEWEST)) {
      server.createDatabase("silent");
      try (var store = PostgresStore.open(PostgresStoreContract.settings(server, "silent"))) {
        store.operations().renew("node-1", LEASE, List.of());
        // The pool checks a connection that was idle for this long before it returns it.
        passes(Duration.ofSeconds(1));
        server.freeze();
        try {
          assertThat(taken(() -> store.operations().held("node-1"))).isLessThan(NOTICED_WITHIN);
          assertThat(taken(() -> store.operations().renew("node-1", LEASE, List.of())))
              .isLessThan(AT_ONCE);
          assertThat(taken(() -> accept(store))).isLessThan(AT_ONCE);
          assertThat(store.admission().refusal()).isPresent();
          assertThat(store.admission().reason()).isEqualTo("store-unavailable");
        } finally {
          server.thaw();
        }
        long thawed = System.nanoTime();
        while (store.admission().refusal().isPresent()) {
          assertThat(Duration.ofNanos(System.nanoTime() - thawed)).isLessThan(BACK_WITHIN);
          passes(Duration.ofMillis(20));
        }
        accept(store);
        assertThat(store.operations().renew("node-1", LEASE, List.of()).continued()).isTrue();
      }
    }
  }

  private static void passes(Duration time) throws InterruptedException {
    assertThat(new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
  }

  private static void accept(PostgresStore store) {
    store
        .operations()
        .accept(
            new Samples(store.sharing().orElseThrow().clock(), System.nanoTime()).queued(),
            Content.EMPTY,
            Optional.empty());
  }

  /// Measures the time until a call is refused.
  private static Duration taken(Runnable refused) {
    long from = System.nanoTime();
    assertThatThrownBy(refused::run).isInstanceOf(StoreException.class);
    return Duration.ofNanos(System.nanoTime() - from);
  }
}
