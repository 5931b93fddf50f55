package dev.backlane.system.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.1: fields of one connection are not forwarded. Not tested through proxies, since
/// nginx forwards fields that `Connection` lists.
@Timeout(60)
final class ConnectionFieldsTest {
  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private final Http http = gateway.http();

  @Test
  @DisplayName("hop-by-hop request headers and those listed in Connection are dropped")
  void dropsHopByHopRequestHeaders() throws Exception {
    rawGet(
        "/hop/request",
        """
        Connection: X-Hop
        X-Hop: 1
        Keep-Alive: timeout=5
        TE: trailers
        Proxy-Connection: keep-alive
        Proxy-Authorization: Basic eA==
        X-End: 1
        """
            .replace("\n", "\r\n"));
    var request = received("/hop/request");
    for (String name :
        List.of(
            "X-Hop", "Keep-Alive", "TE", "Proxy-Connection", "Proxy-Authorization", "Connection")) {
      assertThat(request.values(name)).as(name).isEmpty();
    }
    assertThat(request.values("X-End")).containsExactly("1");
  }

  @Test
  @DisplayName("hop-by-hop response headers and those listed in Connection are dropped")
  void dropsHopByHopResponseHeaders() throws Exception {
    gateway
        .api()
        .on(
            "/hop/response",
            RecordingApi.responding(
                200,
                "x",
                "Connection: X-Hop",
                "X-Hop: 1",
                "Keep-Alive: timeout=5",
                "Proxy-Authenticate: Basic",
                "X-End: 1"));
    var response = http.get("/hop/response");
    for (String name : List.of("X-Hop", "Keep-Alive", "Proxy-Authenticate")) {
      assertThat(response.headers().allValues(name)).as(name).isEmpty();
    }
    assertThat(response.header("X-End")).isEqualTo("1");
  }

  private String rawGet(String target, String headers) throws Exception {
    return http.as("")
        .raw(
            "GET "
                + target
                + " HTTP/1.1\r\nHost: api.example:81\r\n"
                + headers
                + "Connection: close\r\n\r\n");
  }

  private static Received received(String path) {
    var requests = gateway.api().received(path);
    assertThat(requests).hasSize(1);
    return requests.getFirst();
  }
}
