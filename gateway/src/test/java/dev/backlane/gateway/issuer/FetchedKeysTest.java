package dev.backlane.gateway.issuer;

import static dev.backlane.gateway.issuer.ScriptedIssuer.json;
import static dev.backlane.gateway.issuer.ScriptedIssuer.keys;
import static dev.backlane.gateway.issuer.ScriptedIssuer.response;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class FetchedKeysTest {
  private static final RSAKey OLD = rsa("old");
  private static final RSAKey NEW = rsa("new");

  @AutoClose private final ScriptedIssuer issuer = new ScriptedIssuer();
  private final AtomicLong nanos = new AtomicLong();
  private final FetchedKeys keys = fetching(issuer.uri("/jwks"));

  private static RSAKey rsa(String keyId) {
    try {
      return new RSAKeyGenerator(2048).keyID(keyId).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private FetchedKeys fetching(URI url) {
    return new FetchedKeys("i", Optional.of(url), new IssuerClient(), nanos::get);
  }

  private FetchedKeys discovering(String name) {
    return new FetchedKeys(name, Optional.empty(), new IssuerClient(), nanos::get);
  }

  /// Until the background fetch has ended; the timeout of the class limits it.
  private void awaitNewKey() throws Exception {
    while (!keys.keys().has("new")) {
      Thread.sleep(0);
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void fetchesOnceAndAgainWhenOld() throws Exception {
    issuer.on("/jwks", keys(OLD));
    var first = keys.keys();
    assertThat(keys.keys()).isSameAs(first);
    assertThat(issuer.count("/jwks")).isEqualTo(1);

    issuer.on("/jwks", keys(NEW));
    pass(FetchedKeys.FRESH_FOR);
    keys.keys();
    awaitNewKey();
    assertThat(issuer.count("/jwks")).isEqualTo(2);
  }

  @Test
  void fetchesOnceForTheUsesAtItsEnd() throws Exception {
    issuer.on("/jwks", keys(OLD));
    keys.keys();
    for (int fetches = 2; fetches < 100; fetches++) {
      var known = keys.keys();
      pass(FetchedKeys.FRESH_FOR);
      while (keys.keys() == known) {
        Thread.sleep(0);
      }
      assertThat(issuer.count("/jwks")).isEqualTo(fetches);
    }
  }

  @Test
  void waitsForTheFetchWhenKeysWereUnusedForLong() throws Exception {
    issuer.on("/jwks", keys(OLD));
    keys.keys();
    issuer.on("/jwks", keys(NEW));
    pass(FetchedKeys.STALE_AFTER);
    assertThat(keys.keys().has("old")).as("a revoked key").isFalse();
  }

  @Test
  void unknownKeysCauseABoundedNumberOfFetches() throws Exception {
    issuer.on("/jwks", keys(OLD));
    var known = keys.keys();
    int unavailable = 0;
    for (int i = 0; i < 50; i++) {
      try {
        known = keys.newerThan(known);
      } catch (KeysUnavailableException limited) {
        unavailable++;
      }
    }
    assertThat(issuer.count("/jwks")).isEqualTo(FetchedKeys.BURST);
    assertThat(unavailable).isEqualTo(50 - FetchedKeys.BURST + 1);

    pass(FetchedKeys.PERMIT_INTERVAL);
    assertThat(keys.newerThan(known)).isNotNull();
  }

  @Test
  void aSlowFetchDoesNotStopTokensWithKnownKeys() throws Exception {
    issuer.on("/jwks", keys(OLD));
    keys.keys();
    var asked = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    issuer.on(
        "/jwks",
        (_, wire) -> {
          asked.countDown();
          ended.await();
          wire.send(json(keys(NEW)));
        });
    pass(FetchedKeys.FRESH_FOR);
    for (int i = 0; i < 100; i++) {
      assertThat(keys.keys().has("old")).isTrue();
    }
    asked.await();
    assertThat(issuer.count("/jwks")).isEqualTo(2);
    ended.countDown();
    awaitNewKey();
  }

  @Test
  void aFetchThatHangsIsGivenUp() throws Exception {
    var asked = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    issuer.on(
        "/jwks",
        (_, wire) -> {
          asked.countDown();
          ended.await();
          wire.close();
        });
    var first = Thread.ofVirtual().start(() -> assertThatThrownBy(keys::keys));
    asked.await();
    issuer.on("/jwks", keys(NEW));
    pass(FetchedKeys.FETCH_MAX);
    assertThat(keys.keys().has("new")).isTrue();
    ended.countDown();
    first.join();
    assertThat(keys.keys().has("new")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 X\r\n\r\n",
        "HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\n<html>",
        "HTTP/1.1 200 X\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}",
        "HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{\"keys\":[",
        "nonsense\r\n\r\n"
      })
  void anUnusableResponseDoesNotSpoilKnownKeys(String unusable) throws Exception {
    issuer.on("/jwks", keys(OLD));
    var known = keys.keys();
    issuer.on(
        "/jwks",
        (_, wire) -> {
          wire.send(unusable);
          wire.close();
        });
    assertThatThrownBy(() -> keys.newerThan(known)).isInstanceOf(KeysUnavailableException.class);
    pass(FetchedKeys.STALE_AFTER);
    assertThat(keys.keys()).isSameAs(known);

    issuer.on("/jwks", keys(NEW));
    assertThat(newer(known).has("new")).isTrue();
    pass(FetchedKeys.OUTAGE_MAX);
    issuer.on("/jwks", (_, wire) -> wire.close());
    assertThatThrownBy(keys::keys).isInstanceOf(KeysUnavailableException.class);
  }

  /// The fetch in the background may still receive what the issuer sent before.
  private KeySet newer(KeySet known) throws KeysUnavailableException {
    for (int fetch = 1; ; fetch++) {
      pass(FetchedKeys.PERMIT_INTERVAL);
      try {
        return keys.newerThan(known);
      } catch (KeysUnavailableException earlier) {
        if (fetch == 3) {
          throw earlier;
        }
      }
    }
  }

  @Test
  void anOutageIsNotCached() throws Exception {
    issuer.on("/jwks", (_, wire) -> wire.send(response(503, "text/html", "<p>")));
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(keys::keys).isInstanceOf(KeysUnavailableException.class);
    }
    issuer.on("/jwks", keys(NEW));
    pass(FetchedKeys.PERMIT_INTERVAL);
    assertThat(keys.keys().has("new")).isTrue();
  }

  @Test
  void discoversKeysByTheIssuerAlone() throws Exception {
    var name = issuer.uri("/realms/a").toString();
    var document = "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(name, issuer.uri("/jwks"));
    issuer.on("/jwks", keys(OLD));
    issuer.on("/realms/a/.well-known/openid-configuration", document);
    assertThat(discovering(name).keys().has("old")).as("OpenID Connect Discovery").isTrue();

    issuer.on(
        "/realms/a/.well-known/openid-configuration",
        (_, wire) -> wire.send(response(404, "text/html", "<p>")));
    issuer.on("/.well-known/oauth-authorization-server/realms/a", document);
    assertThat(discovering(name).keys().has("old")).as("RFC 8414").isTrue();
  }

  @Test
  void keepsTheLastUrlOfKeysWhileMetadataIsUnavailable() throws Exception {
    var name = issuer.uri().toString();
    var path = "/.well-known/openid-configuration";
    issuer.on("/jwks", keys(OLD));
    issuer.on(path, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(name, issuer.uri("/jwks")));
    var discovered = discovering(name);
    var known = discovered.keys();
    issuer.on(path, (_, wire) -> wire.send(response(500, "text/html", "<p>")));
    issuer.on("/jwks", keys(NEW));
    assertThat(discovered.newerThan(known).has("new")).isTrue();
  }

  @Test
  void refusesMetadataThatDoesNotFitTheIssuer() throws Exception {
    issuer.on("/jwks", keys(OLD));
    var name = issuer.uri().toString();
    for (var document :
        new String[] {
          "{\"issuer\":\"%s/\",\"jwks_uri\":\"%s/jwks\"}".formatted(name, name),
          "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"%s/jwks\"}".formatted(name),
          "{\"jwks_uri\":\"%s/jwks\"}".formatted(name),
          "{\"issuer\":\"%s\"}".formatted(name),
          "{\"issuer\":\"%s\",\"jwks_uri\":\"file:///etc/keys\"}".formatted(name),
          "{\"issuer\":\"%s\",\"jwks_uri\":7}".formatted(name),
          "[]",
          "<html>"
        }) {
      issuer.on("/.well-known/openid-configuration", document);
      assertThatThrownBy(() -> discovering(name).keys())
          .as(document)
          .isInstanceOf(KeysUnavailableException.class);
    }
    assertThat(issuer.count("/jwks")).isZero();
    assertThatThrownBy(() ->
            IssuerMetadata.keys(
                "{\"issuer\":\"https://i.example\",\"jwks_uri\":\"http://i.example/jwks\"}"
                    .getBytes(UTF_8),
                URI.create("https://i.example/x"),
                "https://i.example"))
        .hasMessageContaining("an absolute https URL is required");
  }

  @Test
  void locatesMetadataAsSpecified() {
    assertThat(IssuerMetadata.locations("https://tenant.eu.auth0.com/"))
        .containsExactly(
            URI.create("https://tenant.eu.auth0.com/.well-known/openid-configuration"),
            URI.create("https://tenant.eu.auth0.com/.well-known/oauth-authorization-server"));
  }
}
