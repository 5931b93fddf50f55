package dev.backlane.client;

import static dev.backlane.client.ScriptedServer.CONTENT;
import static dev.backlane.client.ScriptedServer.STATE;
import static dev.backlane.client.ScriptedServer.partly;
import static dev.backlane.client.ScriptedServer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.backlane.client.ScriptedServer.Script;
import dev.backlane.client.auth.ClientCredentials;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One limit for all of a call, interrupts, futures, and the threads that are left.
@Timeout(30)
class TimeLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(700);
  private static final Duration MUCH_LONGER = Duration.ofSeconds(10);
  private static final String STARTED = "{\"id\": \"op-1\", \"status\": \"Started\"}";

  private final ScriptedServer server = new ScriptedServer().finished("");
  private Backlane backlane = Backlane.at(server.uri()).build();

  @AfterEach
  void stop() {
    backlane.close();
    server.close();
  }

  private HttpRequest call() {
    return backlane.request("/call").POST(BodyPublishers.noBody()).build();
  }

  /// A point at which a call can stall.
  enum Stall {
    TOKEN,
    SUBMIT,
    SUBMIT_BODY,
    STATE_HEAD,
    STATE_BODY,
    CONTENT_HEAD,
    CONTENT_BODY
  }

  private void plant(Stall stall) {
    Script half = server.stalling(partly(200, 100, new byte[] {'{'}));
    switch (stall) {
      case TOKEN -> {
        server.on("POST /token", half);
        backlane.close();
        backlane =
            Backlane.at(server.uri())
                .credentials(
                    ClientCredentials.at(server.uri().resolve("/token")).client("a", "b").build())
                .build();
      }
      case SUBMIT -> server.on("POST /call", server.silence());
      case SUBMIT_BODY ->
          server.on("POST /call", server.stalling(partly(202, 100, new byte[] {'{'})));
      case STATE_HEAD -> server.on(STATE, server.silence());
      case STATE_BODY -> server.on(STATE, half);
      case CONTENT_HEAD -> server.on(CONTENT, server.silence());
      case CONTENT_BODY -> server.on(CONTENT, half);
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsInTimeWhereverTheServerStalls(Stall stall) {
    plant(stall);
    long begin = System.nanoTime();

    assertThat(catchThrowable(() -> backlane.send(call(), BodyHandlers.ofString(), SHORT)))
        .isInstanceOf(IOException.class);

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(SHORT.dividedBy(2), MUCH_LONGER.dividedBy(2));
  }

  @Test
  void endsAStreamThatStallsAfterTheReturn() throws Exception {
    plant(Stall.CONTENT_BODY);
    long begin = System.nanoTime();

    try (var body = backlane.send(call(), BodyHandlers.ofInputStream(), SHORT).body()) {
      assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(MUCH_LONGER);
  }

  @ParameterizedTest
  @EnumSource
  void endsWhenItsThreadIsInterrupted(Stall stall) throws Exception {
    plant(stall);
    var ended = new CompletableFuture<Throwable>();
    var thread =
        Thread.ofVirtual()
            .start(() ->
                ended.complete(
                    catchThrowable(() -> backlane.send(call(), BodyHandlers.ofString()))));
    awaitRequestOf(stall);

    thread.interrupt();

    assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  private void awaitRequestOf(Stall stall) throws InterruptedException {
    var line =
        switch (stall) {
          case TOKEN -> "POST /token";
          case SUBMIT, SUBMIT_BODY -> "POST /call";
          case STATE_HEAD, STATE_BODY -> STATE;
          case CONTENT_HEAD, CONTENT_BODY -> CONTENT;
        };
    Condition.await(() -> !server.received(line).isEmpty());
    assertThat(server.received(line)).isNotEmpty();
  }

  @Test
  void acceptsAnyDuration() throws Exception {
    server.on(CONTENT, text(200, "ä"));
    var endless = Duration.ofSeconds(Long.MAX_VALUE);
    try (var client =
        Backlane.at(server.uri())
            .timeout(endless)
            .requestTimeout(endless)
            .retryFor(endless)
            .build()) {
      assertThat(client.send(call(), BodyHandlers.ofString()).body()).isEqualTo("ä");
    }
    var past = Duration.ofSeconds(Long.MIN_VALUE);
    assertThat(backlane.resume("op-1").await(past)).isInstanceOf(Outcome.Responded.class);
    server.on(STATE, text(200, STARTED));
    assertThatThrownBy(() -> backlane.resume("op-1").await(Duration.ZERO))
        .isInstanceOf(OperationException.class);
    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString(), past))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reportsAnErrorOfACallbackToTheFuture() {
    var future =
        backlane
            .resume("op-1")
            .awaitAsync(
                MUCH_LONGER,
                state -> {
                  throw new AssertionError("planted");
                });

    assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("planted");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leavesNoThreadWhenAFutureEnds(boolean canceled) throws Exception {
    server.on(STATE, text(200, STARTED));
    var thread = new AtomicReference<Thread>();
    var called = new CompletableFuture<Void>();
    var future =
        backlane
            .resume("op-1")
            .awaitAsync(
                MUCH_LONGER,
                state -> {
                  thread.set(Thread.currentThread());
                  called.complete(null);
                });
    called.get(5, TimeUnit.SECONDS);

    if (canceled) {
      future.cancel(true);
    } else {
      future.completeExceptionally(new IOException("as a timeout does"));
    }

    assertThat(thread.get().join(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void leavesNoThreadWhenItIsClosed() throws Exception {
    server.on(CONTENT, text(200, "x"));
    server.on("POST /token", text(200, "{\"access_token\": \"a\", \"expires_in\": 0}"));
    var before = Thread.getAllStackTraces().keySet();
    backlane =
        Backlane.at(server.uri())
            .credentials(
                ClientCredentials.at(server.uri().resolve("/token")).client("a", "b").build())
            .build();
    backlane.sendAsync(call(), BodyHandlers.ofString()).get(10, TimeUnit.SECONDS);

    backlane.close();

    Condition.await(() -> left(before).isEmpty());
    assertThat(left(before)).isEmpty();
  }

  private static List<Thread> left(Set<Thread> before) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread) && thread.getName().startsWith("HttpClient"))
        .toList();
  }

  @Test
  void refusesRequestsOnceItIsClosed() {
    server.on(STATE, text(200, STARTED));
    var future = backlane.resume("op-1").awaitAsync(MUCH_LONGER);

    backlane.close();

    assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("is closed");
  }
}
