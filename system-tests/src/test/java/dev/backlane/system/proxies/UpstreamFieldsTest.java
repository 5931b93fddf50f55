package dev.backlane.system.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The header fields that the upstream receives with stored and with proxied calls, and those of
/// its responses that name its own address.
@Timeout(60)
final class UpstreamFieldsTest {
  private static final List<String> HOP_FIELDS =
      List.of(
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Proto",
          "X-Forwarded-Host",
          "X-Forwarded-Port",
          "X-Real-IP");

  /// The settings as they are by default.
  @RegisterExtension static final TestGateway usual = TestGateway.with("");

  /// Behind a trusted proxy, with an upstream that implements preferences itself.
  @RegisterExtension
  static final TestGateway trusting =
      TestGateway.with("")
          .flags(
              "--server.trusted-proxies=127.0.0.0/8",
              "--trigger.prefer=false",
              "--upstream.rewrite-location=false",
              "--upstream.credentials=none",
              "--upstream.identity-secret=" + "s".repeat(40),
              "--admin.token=" + "t".repeat(40));

  @Nested
  final class Preferences {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "return=representation, respond-async, odata.maxpagesize=50 | return=representation, odata.maxpagesize=50",
          "respond-async, wait=20; x=\"a, b\", handling=lenient; y=\"c, d\" | handling=lenient; y=\"c, d\"",
          "Respond-Async | ``"
        })
    void removesOnlyWhatItApplied(String preferences, String others) throws Exception {
      var path = "/prefer/" + Integer.toHexString(preferences.hashCode());
      usual.http().post(path, "{}", "Prefer", preferences);
      var received = usual.http().poll("/v1/background?limit=1", _ -> received(usual, path));
      assertThat(received.status()).isEqualTo(200);
      assertThat(only(usual, path).values("Prefer"))
          .isEqualTo(others.isEmpty() ? List.of() : List.of(others));
    }

    @Test
    void readsSeveralFields() throws Exception {
      var http = usual.http();
      var response =
          http.post(
              "/prefer/fields",
              "{}",
              "Prefer",
              "respond-async, wait=20",
              "Prefer",
              "return=minimal",
              "Prefer",
              "wait=30");
      assertThat(response.status()).isEqualTo(200);
      assertThat(only(usual, "/prefer/fields").values("Prefer")).containsExactly("return=minimal");
    }

    @Test
    void leavesPreferencesOfProxiedCalls() throws Exception {
      usual.http().post("/prefer/proxied", "{}", "Prefer", "wait=5, return=minimal");
      assertThat(only(usual, "/prefer/proxied").values("Prefer"))
          .containsExactly("wait=5, return=minimal");
    }

    @Test
    void leavesBothToAnUpstreamThatImplementsThem() throws Exception {
      var http = trusting.http();
      var preferences = "respond-async, wait=5, return=minimal";
      trusting
          .api()
          .on("/prefer/own", RecordingApi.responding(202, "", "Preference-Applied: respond-async"));
      var proxied = http.post("/prefer/own", "{}", "Prefer", preferences);
      assertThat(proxied.status()).isEqualTo(202);
      assertThat(proxied.headers().firstValue("Location")).isEmpty();
      assertThat(only(trusting, "/prefer/own").values("Prefer")).containsExactly(preferences);

      var stored =
          http.post("/prefer/stored", "{}", "erp-api-background", "none", "Prefer", preferences);
      assertThat(stored.headers().firstValue("Preference-Applied")).isEmpty();
      http.awaitEnd(stored.acceptedId());
      assertThat(only(trusting, "/prefer/stored").values("Prefer")).containsExactly(preferences);
    }
  }

  @Nested
  final class Hops {
    private static final String[] CLAIMED = {
      "X-Forwarded-For", "6.6.6.6, 203.0.113.9",
      "X-Forwarded-Proto", "https",
      "X-Forwarded-Host", "shop.example:8443",
      "X_Forwarded_For", "6.6.6.6",
      "Forwarded", "for=6.6.6.6;proto=http"
    };

    @Test
    void sendsTheSameFieldsWithStoredAndProxiedCalls() throws Exception {
      for (var gateway : List.of(usual, trusting)) {
        var http = gateway.http();
        http.awaitEnd(http.begin("/hops/stored", CLAIMED));
        http.post("/hops/proxied", "{}", CLAIMED);
        assertThat(hops(only(gateway, "/hops/stored")))
            .isEqualTo(hops(only(gateway, "/hops/proxied")));
      }
    }

    @Test
    void believesNoClientByDefault() throws Exception {
      usual.http().post("/hops/usual", "{}", CLAIMED);
      var authority = usual.url().getAuthority();
      assertThat(hops(only(usual, "/hops/usual")))
          .containsExactly(
              "Forwarded: for=127.0.0.1;host=\"" + authority + "\";proto=http",
              "X-Forwarded-For: 127.0.0.1",
              "X-Forwarded-Proto: http",
              "X-Forwarded-Host: " + authority,
              "X-Forwarded-Port: " + usual.url().getPort(),
              "X-Real-IP: 127.0.0.1");
    }

    @Test
    void believesTrustedProxies() throws Exception {
      trusting.http().post("/hops/trusted", "{}", CLAIMED);
      assertThat(hops(only(trusting, "/hops/trusted")))
          .containsExactly(
              "Forwarded: for=203.0.113.9;host=\"shop.example:8443\";proto=https, for=127.0.0.1",
              "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: shop.example:8443",
              "X-Forwarded-Port: 8443",
              "X-Real-IP: 203.0.113.9");
    }

    @Test
    void limitsRefusedOperatorsByTheBelievedAddress() throws Exception {
      var guesser = trusting.http().as("a-wrong-token");
      var limited =
          guesser.poll(
              "/admin/v1/subscriptions",
              response -> response.status() == 429,
              "X-Forwarded-For",
              "203.0.113.10");
      assertThat(limited.status()).isEqualTo(429);
      assertThat(
              guesser
                  .get("/admin/v1/subscriptions", "X-Forwarded-For", "6.6.6.6, 203.0.113.10")
                  .status())
          .isEqualTo(429);
      assertThat(guesser.get("/admin/v1/subscriptions", "X-Forwarded-For", "203.0.113.11").status())
          .isEqualTo(401);
    }
  }

  @Nested
  final class ReservedNames {
    @ParameterizedTest
    @ValueSource(strings = {"Backlane-Identity", "backlane_identity", "Backlane_Identity"})
    void identifiesCallersByTheGatewayAlone(String name) throws Exception {
      var http = trusting.http();
      var path = "/identity/" + name;
      http.awaitEnd(http.begin(path, name, "forged"));
      http.post("/proxied" + path, "{}", name, "forged");
      assertThat(only(trusting, path).values("Backlane-Identity"))
          .singleElement()
          .asString()
          .startsWith("ey");
      for (var received : List.of(only(trusting, path), only(trusting, "/proxied" + path))) {
        assertThat(received.headers()).noneMatch(line -> line.contains("forged"));
      }
    }
  }

  @Nested
  final class Locations {
    @Test
    void namesThePublicUrlInsteadOfTheUpstreams() throws Exception {
      redirectFrom(usual);
      var http = usual.http();
      var expected = http.url() + "/login?next=1";
      assertThat(http.get("/redirect").header("Location")).isEqualTo(expected);
      var id = http.begin("/redirect");
      assertThat(http.awaitEnd(id).responseHeaders())
          .containsEntry("Location", expected)
          .containsEntry("Link", "<" + http.url() + "/p?page=2>; rel=next");
      assertThat(http.get("/v1/background?limit=1").page().items().getFirst().responseHeaders())
          .containsEntry("Location", expected);
      assertThat(
              http.post("/redirect", "{}", "Prefer", "respond-async, wait=20").header("Location"))
          .isEqualTo(expected);
    }

    @Test
    void canLeaveLocationsAsTheyAre() throws Exception {
      redirectFrom(trusting);
      var http = trusting.http();
      var expected = trusting.api().url() + "/login?next=1";
      assertThat(http.get("/redirect").header("Location")).isEqualTo(expected);
      assertThat(http.awaitEnd(http.begin("/redirect")).responseHeaders())
          .containsEntry("Location", expected);
    }

    private void redirectFrom(TestGateway gateway) {
      var own = gateway.api().url();
      gateway
          .api()
          .on(
              "/redirect",
              RecordingApi.responding(
                  302,
                  "moved",
                  "Location: " + own + "/login?next=1",
                  "Link: <" + own + "/p?page=2>; rel=next"));
    }
  }

  private static boolean received(TestGateway gateway, String path) {
    return !gateway.api().received(path).isEmpty();
  }

  private static Received only(TestGateway gateway, String path) {
    assertThat(gateway.api().received(path)).hasSize(1);
    return gateway.api().received(path).getFirst();
  }

  private static List<String> hops(Received request) {
    var fields = new ArrayList<String>();
    for (String name : HOP_FIELDS) {
      request.values(name).forEach(value -> fields.add(name + ": " + value));
    }
    assertThat(request.headers()).noneMatch(line -> line.matches("[^:]*_[^:]*:.*"));
    return fields;
  }
}
