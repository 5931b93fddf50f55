package dev.backlane.gateway.auth;

import static dev.backlane.gateway.issuer.ScriptedIssuer.json;
import static dev.backlane.gateway.issuer.ScriptedIssuer.response;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.issuer.ScriptedIssuer;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class IntrospectingAuthenticatorTest {
  private static final int CONCURRENCY = 3;
  private static final long NOW = 2_000_000_000;
  private static final String GOOD =
      "{\"active\":true,\"tenant_id\":\"t\",\"client_id\":\"c\",\"sub\":\"u\",\"iss\":\"ours\","
          + "\"aud\":\"the-api\",\"scope\":\"a b\"%s}";

  @AutoClose private final ScriptedIssuer issuer = new ScriptedIssuer();
  private Instant now = Instant.ofEpochSecond(NOW);
  private final IntrospectingAuthenticator tokens = expecting(Set.of("the-api"));
  private int sent;

  private IntrospectingAuthenticator expecting(Set<String> audiences) {
    var expected =
        new IntrospectionSettings.Expected(
            Optional.of("ours"), audiences, IdentityClaims.DEFAULT, Duration.ofSeconds(60));
    return new IntrospectingAuthenticator(
        new IntrospectionSettings(
            issuer.uri("/introspect"), "gate way", "s:cret", CONCURRENCY, expected),
        UpstreamClient::defaultTls,
        () -> now);
  }

  private void respondWith(String document) {
    issuer.on("/introspect", document);
  }

  /// Authenticates with a token that was not sent before.
  private Authentication fresh() {
    return tokens.authenticate("Bearer token-" + sent++);
  }

  private static int status(Authentication result) {
    return result instanceof Refused refused ? refused.status() : 200;
  }

  @Test
  void readsTheCallerOfAnActiveToken() {
    respondWith(GOOD.formatted(",\"exp\":" + (NOW + 100)));
    assertThat(tokens.authenticate("Bearer a+b"))
        .isEqualTo(
            new Authenticated(
                new Caller("t", "c", "u"), Set.of("a", "b"), Instant.ofEpochSecond(NOW + 100)));
    // "gate+way:s%3Acret" (RFC 6749 section 2.3.1).
    assertThat(issuer.lastRequest())
        .contains("Authorization: Basic Z2F0ZSt3YXk6cyUzQWNyZXQ=")
        .contains("token=a%2Bb");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        ",\"x\":1 | 200",
        ",\"exp\":1999999941 | 200",
        ",\"exp\":1999999940 | 401",
        ",\"exp\":\"2000009999\" | 401",
        ",\"nbf\":2000000060 | 200",
        ",\"nbf\":2000000061 | 401",
        ",\"token_type\":\"Bearer\" | 200",
        ",\"token_type\":\"bearer\" | 200",
        ",\"token_type\":\"access_token\" | 200",
        ",\"token_type\":\"refresh_token\" | 401",
        ",\"token_type\":\"N_A\" | 401",
        ",\"token_type\":7 | 401",
        ",\"token_use\":\"access\" | 200",
        ",\"token_use\":\"access_token\" | 200",
        ",\"token_use\":\"refresh_token\" | 401",
        ",\"token_use\":\"id\" | 401",
        ",\"token_usage\":\"refresh_token\" | 401",
        ",\"typ\":\"Bearer\" | 200",
        ",\"typ\":\"Refresh\" | 401",
        ",\"typ\":\"Offline\" | 401",
        ",\"typ\":\"ID\" | 401",
      })
  void checksAnActiveTokenAsAJwt(String members, int expected) {
    respondWith(GOOD.formatted(members));
    assertThat(status(fresh())).as(members).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "\"iss\":\"ours\" | \"iss\":\"https://evil.example\" | 401",
        "\"iss\":\"ours\" | \"iss\":null | 200",
        "\"aud\":\"the-api\" | \"aud\":\"other\" | 401",
        "\"aud\":\"the-api\" | \"aud\":[\"other\",\"the-api\"] | 200",
        "\"aud\":\"the-api\" | \"aud\":null | 401",
        "\"tenant_id\":\"t\" | \"tenant_id\":1.0 | 401",
        "\"active\":true | \"active\":false | 401",
        "\"active\":true | \"active\":\"true\" | 503",
        "\"active\":true | \"active\":null | 503",
        "\"active\":true | \"active\":1 | 503"
      })
  void checksIssuerAudienceAndActivity(String member, String instead, int expected) {
    respondWith(GOOD.formatted("").replace(member, instead));
    assertThat(status(fresh())).as(instead).isEqualTo(expected);
  }

  @Test
  void anyAudienceIsAnExplicitChoice() {
    respondWith(GOOD.formatted("").replace("the-api", "other"));
    assertThat(status(expecting(Set.of()).authenticate("Bearer x"))).isEqualTo(200);
  }

  @Test
  void introspectsAnInvalidTokenOnce() {
    for (var document :
        new String[] {"{\"active\":false}", GOOD.formatted("").replace("the-api", "other")}) {
      respondWith(document);
      var before = issuer.count("/introspect");
      sent++;
      for (int i = 0; i < 50; i++) {
        assertThat(status(tokens.authenticate("Bearer same-" + sent))).isEqualTo(401);
      }
      assertThat(issuer.count("/introspect") - before).isEqualTo(1);
    }
  }

  @Test
  void aCachedTokenExpires() {
    respondWith(GOOD.formatted(",\"exp\":" + (NOW + 10)));
    assertThat(status(tokens.authenticate("Bearer x"))).isEqualTo(200);
    now = now.plusSeconds(69);
    assertThat(status(tokens.authenticate("Bearer x"))).isEqualTo(200);
    assertThat(issuer.count("/introspect")).isEqualTo(1);
    now = now.plusSeconds(1);
    assertThat(status(tokens.authenticate("Bearer x"))).isEqualTo(401);
  }

  @Test
  void introspectsATokenOfManyRequestsAtOnceOnce() throws Exception {
    var release = new CountDownLatch(1);
    var asked = new CountDownLatch(1);
    issuer.on(
        "/introspect",
        (_, wire) -> {
          asked.countDown();
          release.await();
          wire.send(json(GOOD.formatted("")));
        });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results =
          IntStream.range(0, 50)
              .mapToObj(_ -> threads.submit(() -> tokens.authenticate("Bearer same")))
              .toList();
      asked.await();
      release.countDown();
      for (Future<Authentication> result : results) {
        assertThat(status(result.get())).isEqualTo(200);
      }
    }
    assertThat(issuer.count("/introspect")).isEqualTo(1);
  }

  @Test
  void limitsTheIntrospectionsAtTheSameTime() throws Exception {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    issuer.on(
        "/introspect",
        (_, wire) -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          Thread.sleep(5);
          running.decrementAndGet();
          wire.send(json("{\"active\":false}"));
        });
    var results = new ConcurrentLinkedQueue<Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 60; i++) {
        var token = "Bearer token-" + i;
        threads.execute(() -> results.add(status(tokens.authenticate(token))));
      }
    }
    assertThat(results).hasSize(60).containsOnly(401);
    assertThat(most.get()).isBetween(1, CONCURRENCY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\n<html>",
        "HTTP/1.1 200 X\r\nContent-Length: 33\r\n\r\n{\"active\":true,\"active\":false}    "
      })
  void anOutageIsReportedAndNotCached(String faulty) {
    issuer.on(
        "/introspect",
        (_, wire) -> {
          wire.send(faulty);
          wire.close();
        });
    assertThat(status(tokens.authenticate("Bearer x"))).isEqualTo(503);
    respondWith(GOOD.formatted(""));
    assertThat(status(tokens.authenticate("Bearer x"))).isEqualTo(200);
  }

  @Test
  void refusesWithoutAskingWhatIsNoToken() {
    issuer.on("/introspect", (_, wire) -> wire.send(response(500, "text/plain", "")));
    for (var header : new String[] {"Basic eA==", "Bearer", "Bearer a b", "Bearer a,b"}) {
      assertThat(status(tokens.authenticate(header))).isEqualTo(401);
    }
    assertThat(issuer.count("/introspect")).isZero();
  }
}
