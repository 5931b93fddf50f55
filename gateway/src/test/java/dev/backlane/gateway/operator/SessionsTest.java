package dev.backlane.gateway.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.memory.MemoryOperationStore;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.store.testkit.SettableClock;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How long a sign-in lasts, and what ends it before that.
final class SessionsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final Duration LIFETIME = Duration.ofHours(8);
  private static final String WAYS_IN = "a-token\n";

  private final SettableClock clock = new SettableClock(NOW);
  private final DataKeys keys =
      DataKeys.open(
          new MemoryOperationStore().records(), MasterKeys.of(MasterKey.passing()), clock);
  private final AtomicReference<Sessions> asked = new AtomicReference<>(sessions(WAYS_IN));
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebServer server =
      WebServer.builder()
          .host("127.0.0.1")
          .shutdownHook(false)
          .routing(
              HttpRouting.builder()
                  .any((request, response) ->
                      response.send(
                          asked
                              .get()
                              .of(request)
                              .map(it -> it.operator().name())
                              .orElse("nobody"))))
          .build()
          .start();

  @AfterEach
  void close() {
    server.stop();
    client.close();
  }

  private Sessions sessions(String waysIn) {
    return new Sessions(new Seal(keys, "operator session"), waysIn, false, clock);
  }

  /// Who a cookie's line signs in.
  private String whoever(String line) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port()))
            .header("Cookie", "before=1; " + line.substring(0, line.indexOf(';')) + "; after=2")
            .build();
    return client.send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void aSignInLastsAWorkingDay() throws Exception {
    var line = asked.get().begin(new Operator("ola"));
    assertThat(line).contains("; Max-Age=" + LIFETIME.toSeconds());
    clock.set(NOW.plus(LIFETIME).minusMillis(1));
    assertThat(whoever(line)).isEqualTo("ola");
    clock.set(NOW.plus(LIFETIME));
    assertThat(whoever(line)).isEqualTo("nobody");
  }

  @Test
  void aSignInEndsWhenTheWaysInChange() throws Exception {
    var line = asked.get().begin(new Operator("ola"));
    asked.set(sessions(WAYS_IN));
    assertThat(whoever(line)).isEqualTo("ola");
    asked.set(sessions("another-token\n"));
    assertThat(whoever(line)).isEqualTo("nobody");
  }

  @Test
  void aCookieThatWasTakenBackIsNone() throws Exception {
    assertThat(whoever(asked.get().end())).isEqualTo("nobody");
  }

  @Test
  void whatWasSealedForAnotherPurposeIsNoSignIn() throws Exception {
    var other = new Sessions(new Seal(keys, "operator sign-in"), WAYS_IN, false, clock);
    assertThat(whoever(other.begin(new Operator("ola")))).isEqualTo("nobody");
  }

  @Test
  void aSignInAtOneNodeCountsAtAnotherAtOnce() throws Exception {
    var records = new MemoryOperationStore().records();
    var masterKeys = MasterKeys.of(MasterKey.passing());
    var one = DataKeys.openShared(records, masterKeys, clock);
    var other = DataKeys.openShared(records, masterKeys, clock);
    one.renew();
    asked.set(new Sessions(new Seal(other, "operator session"), WAYS_IN, false, clock));
    var atOne = new Sessions(new Seal(one, "operator session"), WAYS_IN, false, clock);
    assertThat(whoever(atOne.begin(new Operator("ola")))).isEqualTo("ola");
  }

  @Test
  void aSessionDoesNotTellItsToken() {
    assertThat(new Session(new Operator("ola"), "the-csrf-token", NOW)).hasToString("Session[ola]");
  }
}
