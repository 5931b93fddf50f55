package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Operators on a host of their own, apart from the pages of the upstream.
@Timeout(60)
final class OperatorHostTest {
  private static final String OPS = "ops.example.com";
  private static final String TOKEN = "a-long-token-of-the-operator";

  private static TestGateway stand;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.open(
            "admin: { token: %s, public-url: \"http://%s\" }\n".formatted(TOKEN, OPS),
            "-XX:TieredStopAtLevel=1");
    for (String path : new String[] {"/ui", "/ui/sign-in", "/admin/v1/subscriptions", "/page"}) {
      stand.api().on(path, RecordingApi.answering(200, "the upstream's"));
    }
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  private static Http.Answer get(String host, String path, String... lines) throws IOException {
    try (var line = new GatewayConnection(stand.gateway().url())) {
      var head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
      for (String each : lines) {
        head.append(each).append("\r\n");
      }
      return line.send(head.append("\r\n").toString().getBytes(ISO_8859_1));
    }
  }

  @Test
  void theirHostServesThemAndNothingOfTheUpstream() throws Exception {
    assertThat(get(OPS, "/ui").status()).isEqualTo(303);
    assertThat(get("OPS.example.com", "/ui/sign-in").status()).isEqualTo(200);
    assertThat(get(OPS, "/admin/v1/subscriptions").status()).isEqualTo(401);
    assertThat(get(OPS, "/admin/v1/subscriptions", "Authorization: Bearer " + TOKEN).status())
        .isEqualTo(200);
    assertThat(get(OPS, "/health/live").status()).isEqualTo(200);
    int before = stand.api().received("/page").size();
    assertThat(get(OPS, "/page").status()).isEqualTo(404);
    assertThat(stand.api().received("/page")).hasSize(before);
  }

  @Test
  void onEveryOtherHostTheirPathsAreTheUpstreams() throws Exception {
    for (String host : new String[] {"api.example.com", OPS + ":8443", OPS + ".evil.example"}) {
      for (String path : new String[] {"/ui", "/ui/sign-in", "/admin/v1/subscriptions"}) {
        var answer = get(host, path, "Authorization: Bearer " + TOKEN);
        assertThat(answer.text()).as(host + path).isEqualTo("the upstream's");
      }
    }
  }

  @Test
  void cookiesOfASignInAreNotPassedOn() throws Exception {
    var cookies =
        "Cookie: backlane=1; a=2; __Host-backlane=3;backlane-sign-in=4; __Host-backlane-sign-in=5; backlanes=6";
    get("api.example.com", "/page", cookies);
    assertThat(stand.api().received("/page").getLast().values("Cookie"))
        .containsExactly("a=2; backlanes=6");
    get("api.example.com", "/page", "Cookie: __Host-backlane=3");
    assertThat(stand.api().received("/page").getLast().values("Cookie")).isEmpty();
    get("api.example.com", "/page", "Cookie: a=1;b=2");
    assertThat(stand.api().received("/page").getLast().values("Cookie")).containsExactly("a=1;b=2");
  }
}
