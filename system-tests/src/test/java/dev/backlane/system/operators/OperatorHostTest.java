package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A host name for operators, separate from that of the upstream's pages.
@Timeout(60)
final class OperatorHostTest {
  private static final String OPS = "ops.example.com";
  private static final String TOKEN = "a-long-token-of-the-operator-0123456789";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              "admin: { token: %s, public-url: \"http://%s\" }\nwebhooks: { allow-cidrs: [127.0.0.0/8] }\n"
                  .formatted(TOKEN, OPS))
          .jvmOptions("-XX:TieredStopAtLevel=1");

  @BeforeAll
  static void scriptUpstream() {
    for (String path : new String[] {"/ui", "/ui/sign-in", "/admin/v1/subscriptions", "/page"}) {
      gateway.api().on(path, RecordingApi.responding(200, "the upstream's"));
    }
  }

  private static Http.Response get(String host, String path, String... lines) throws IOException {
    try (var line = new GatewayConnection(gateway.url())) {
      var head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
      for (String each : lines) {
        head.append(each).append("\r\n");
      }
      return line.send(head.append("\r\n").toString().getBytes(ISO_8859_1));
    }
  }

  @Test
  void operatorHostForwardsNothing() throws Exception {
    assertThat(get(OPS, "/ui").status()).isEqualTo(303);
    assertThat(get("OPS.example.com", "/ui/sign-in").status()).isEqualTo(200);
    assertThat(get(OPS, "/admin/v1/subscriptions").status()).isEqualTo(401);
    assertThat(get(OPS, "/admin/v1/subscriptions", "Authorization: Bearer " + TOKEN).status())
        .isEqualTo(200);
    assertThat(get(OPS, "/health/live").status()).isEqualTo(200);
    int before = gateway.api().received("/page").size();
    assertThat(get(OPS, "/page").status()).isEqualTo(404);
    assertThat(gateway.api().received("/page")).hasSize(before);
  }

  @Test
  void otherHostsForwardOperatorPaths() throws Exception {
    for (String host : new String[] {"api.example.com", OPS + ":8443", OPS + ".evil.example"}) {
      for (String path : new String[] {"/ui", "/ui/sign-in", "/admin/v1/subscriptions"}) {
        var response = get(host, path, "Authorization: Bearer a-token-of-the-upstream");
        assertThat(response.text()).as(host + path).isEqualTo("the upstream's");
      }
    }
  }

  @Test
  void otherHostsRefuseOperatorsToken() throws Exception {
    int before = gateway.api().received("/page").size();
    get("api.example.com", "/page", "Authorization: Bearer " + TOKEN)
        .assertProblem(403, "forbidden");
    assertThat(gateway.api().received("/page")).hasSize(before);
  }

  @Test
  void locationsOfAdminApiHaveOperatorHost() throws Exception {
    try (var line = new GatewayConnection(gateway.url())) {
      var body = AdminClient.subscriptionJson("located").getBytes(ISO_8859_1);
      var head =
          "POST /admin/v1/subscriptions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(OPS, TOKEN, body.length);
      var created = line.send((head + new String(body, ISO_8859_1)).getBytes(ISO_8859_1));
      assertThat(created.status()).as(created.text()).isEqualTo(201);
      assertThat(created.header("Location"))
          .startsWith("http://" + OPS + "/admin/v1/subscriptions/");
    }
  }

  @Test
  void dropsSignInCookiesFromForwardedCalls() throws Exception {
    var cookies =
        "Cookie: backlane=1; a=2; __Host-backlane=3;backlane-sign-in=4; __Host-backlane-sign-in=5; backlanes=6";
    get("api.example.com", "/page", cookies);
    assertThat(gateway.api().received("/page").getLast().values("Cookie"))
        .containsExactly("a=2; backlanes=6");
    get("api.example.com", "/page", "Cookie: __Host-backlane=3");
    assertThat(gateway.api().received("/page").getLast().values("Cookie")).isEmpty();
    get("api.example.com", "/page", "Cookie: a=1;b=2");
    assertThat(gateway.api().received("/page").getLast().values("Cookie"))
        .containsExactly("a=1;b=2");
  }
}
