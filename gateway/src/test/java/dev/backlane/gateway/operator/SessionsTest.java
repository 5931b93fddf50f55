package dev.backlane.gateway.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.store.testkit.SettableClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How long a sign-in is valid, and what ends it early.
final class SessionsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final Duration LIFETIME = Duration.ofHours(8);
  private static final String CREDENTIALS = "a-token\n";

  private final SettableClock clock = new SettableClock(NOW);
  private final DataKeys keys =
      DataKeys.open(new MemoryStore().records(), MasterKeys.of(MasterKey.passing()), clock);
  private final AtomicReference<Sessions> sessions = new AtomicReference<>(sessions(CREDENTIALS));
  private final HttpClient client = HttpClient.newHttpClient();
  private final JettyListener listener =
      JettyListener.open(
          new ListenerSettings(
              "127.0.0.1",
              0,
              Duration.ofSeconds(60),
              Duration.ofSeconds(20),
              0,
              16 * 1024,
              100,
              Optional.empty()));

  @BeforeEach
  void serve() {
    listener.serve(this::respond);
  }

  private void respond(Call call) {
    var operator = sessions.get().of(call).map(session -> session.operator().name());
    call.respond(operator.orElse("no operator").getBytes(UTF_8));
  }

  @AfterEach
  void close() {
    listener.close();
    client.close();
  }

  private Sessions sessions(String credentials) {
    return new Sessions(new Seal(keys, "operator session"), () -> credentials, false, clock);
  }

  /// The operator that a `Set-Cookie` value signs in.
  private String operatorOf(String cookie) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port()))
            .header("Cookie", "before=1; " + cookie.substring(0, cookie.indexOf(';')) + "; after=2")
            .build();
    return client.send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void signInLastsEightHours() throws Exception {
    var cookie = sessions.get().begin(new Operator("ola"));
    assertThat(cookie).contains("; Max-Age=" + LIFETIME.toSeconds());
    clock.set(NOW.plus(LIFETIME).minusMillis(1));
    assertThat(operatorOf(cookie)).isEqualTo("ola");
    clock.set(NOW.plus(LIFETIME));
    assertThat(operatorOf(cookie)).isEqualTo("no operator");
  }

  @Test
  void signInEndsWhenTheCredentialsChange() throws Exception {
    var cookie = sessions.get().begin(new Operator("ola"));
    sessions.set(sessions(CREDENTIALS));
    assertThat(operatorOf(cookie)).isEqualTo("ola");
    sessions.set(sessions("another-token\n"));
    assertThat(operatorOf(cookie)).isEqualTo("no operator");
  }

  @Test
  void removedCookieSignsNoOperatorIn() throws Exception {
    assertThat(operatorOf(sessions.get().end())).isEqualTo("no operator");
  }

  @Test
  void cookieSealedForAnotherPurposeIsRefused() throws Exception {
    var other = new Sessions(new Seal(keys, "operator sign-in"), () -> CREDENTIALS, false, clock);
    assertThat(operatorOf(other.begin(new Operator("ola")))).isEqualTo("no operator");
  }

  @Test
  void signInAtOneNodeIsValidAtAnotherAtOnce() throws Exception {
    var records = new MemoryStore().records();
    var masterKeys = MasterKeys.of(MasterKey.passing());
    var one = DataKeys.openShared(records, masterKeys, clock);
    var other = DataKeys.openShared(records, masterKeys, clock);
    one.renew();
    sessions.set(
        new Sessions(new Seal(other, "operator session"), () -> CREDENTIALS, false, clock));
    var atFirst = new Sessions(new Seal(one, "operator session"), () -> CREDENTIALS, false, clock);
    assertThat(operatorOf(atFirst.begin(new Operator("ola")))).isEqualTo("ola");
  }

  @Test
  void toStringOmitsTheToken() {
    assertThat(new Session(new Operator("ola"), "the-csrf-token", NOW)).hasToString("Session[ola]");
  }
}
