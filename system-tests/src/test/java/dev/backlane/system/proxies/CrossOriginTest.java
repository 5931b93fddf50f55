package dev.backlane.system.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scripts of web pages that call Backlane from another origin (CORS). The client of these tests
/// sends what a browser would send.
@Timeout(60)
final class CrossOriginTest {
  private static final String PAGE = "https://app.example.com";
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final String EXPOSE = "Access-Control-Expose-Headers";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              """
              limits: { request-body-max: 1KiB }
              """)
          .flags("--server.cors-origins=" + PAGE + ",http://localhost:3000");

  @RegisterExtension static final TestGateway closed = TestGateway.with("");

  private final Http http = gateway.http();

  @BeforeAll
  static void script() {
    gateway
        .api()
        .on(
            "/upstream",
            RecordingApi.responding(
                200, "x", "Access-Control-Allow-Origin: https://their.example"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/background", "/v1/background/x", "/api/v1/background/x/content"})
  void respondsToPreflightsOfItsOwnPaths(String path) throws Exception {
    var response =
        http.as("")
            .send(
                "OPTIONS",
                path,
                new byte[0],
                "Origin",
                PAGE,
                "Access-Control-Request-Method",
                "DELETE",
                "Access-Control-Request-Headers",
                "authorization, prefer");
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.header(ALLOW_ORIGIN)).isEqualTo(PAGE);
    assertThat(response.header("Access-Control-Allow-Methods")).contains("DELETE");
    assertThat(response.header("Access-Control-Allow-Headers")).isEqualTo("authorization, prefer");
    assertThat(response.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    assertThat(vary(response)).contains("Origin");
  }

  @Test
  void passesPreflightsOfTheUpstreamOn() throws Exception {
    http.send(
        "OPTIONS",
        "/orders",
        new byte[0],
        "Origin",
        PAGE,
        "Access-Control-Request-Method",
        "POST",
        "Access-Control-Request-Headers",
        "erp-api-background");
    assertThat(gateway.api().received("/orders")).hasSize(1);
  }

  @Test
  void permitsPagesToReadBackgroundCalls() throws Exception {
    var accepted = http.post("/orders/1", "{}", "erp-api-background", "none", "Origin", PAGE);
    var id = accepted.acceptedId();
    http.awaitEnd(id);
    for (var response :
        List.of(
            accepted,
            http.stateOf(id, "Origin", PAGE),
            http.contentOf(id, "Origin", PAGE),
            http.get("/v1/background", "Origin", PAGE),
            http.stateOf("unknown", "Origin", PAGE),
            http.as("").stateOf(id, "Origin", PAGE),
            http.post("/big", "x".repeat(2_000), "erp-api-background", "none", "Origin", PAGE))) {
      assertThat(response.headers().allValues(ALLOW_ORIGIN)).containsExactly(PAGE);
      assertThat(vary(response)).contains("Origin");
      assertThat(response.header(EXPOSE))
          .contains("Location", "Retry-After", "ETag", "AsyncResult", "Preference-Applied")
          .contains("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset");
    }
  }

  @Test
  void keepsTheFieldsOfTheUpstream() throws Exception {
    for (var response :
        List.of(
            http.get("/upstream", "Origin", PAGE),
            http.post("/upstream", "{}", "Prefer", "respond-async, wait=20", "Origin", PAGE))) {
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.headers().allValues(ALLOW_ORIGIN))
          .containsExactly("https://their.example");
      assertThat(response.headers().firstValue(EXPOSE)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "null"
      })
  void permitsNoOtherOrigin(String origin) throws Exception {
    var response = http.get("/v1/background", "Origin", origin);
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers().firstValue(ALLOW_ORIGIN)).isEmpty();
    assertThat(vary(response)).contains("Origin");
  }

  @Test
  void permitsNoOriginByDefault() throws Exception {
    var caller = closed.http();
    var id = caller.begin("/orders/2", "Origin", PAGE);
    assertThat(caller.stateOf(id, "Origin", PAGE).headers().firstValue(ALLOW_ORIGIN)).isEmpty();
    assertThat(
            caller
                .send(
                    "OPTIONS",
                    "/v1/background",
                    new byte[0],
                    "Origin",
                    PAGE,
                    "Access-Control-Request-Method",
                    "GET")
                .status())
        .isEqualTo(405);
  }

  private static List<String> vary(Http.Response response) {
    return response.headers().allValues("Vary");
  }
}
