package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a gateway on a loopback address opens without a token is for this machine only: neither for
/// clients of a proxy in front of it, nor for pages whose host name resolves to it (DNS rebinding).
@Timeout(60)
final class LocalAccessTest {
  private static final String SOLE = "-XX:TieredStopAtLevel=1";

  @RegisterExtension static final TestGateway local = TestGateway.with("").jvmOptions(SOLE);

  /// In front of it would be a proxy, so that its URL has another port.
  private static final int PUBLISHED_PORT = freePort();

  @RegisterExtension
  static final TestGateway published =
      TestGateway.with("")
          .jvmOptions(SOLE)
          .flags("--server.public-url=https://api.example.com", "--port=" + PUBLISHED_PORT);

  @RegisterExtension
  static final TestGateway anonymous =
      TestGateway.with("").jvmOptions(SOLE).flags("--auth.mode=none");

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  private static String call(TestGateway gateway, String line, String... fields)
      throws IOException {
    return call(gateway.http(), line, fields);
  }

  private static String call(Http http, String line, String... fields) throws IOException {
    return http.as("")
        .raw(
            line + " HTTP/1.1\r\nConnection: close\r\n" + String.join("\r\n", fields) + "\r\n\r\n");
  }

  @Test
  @DisplayName("/metrics without tokens is open to this machine")
  void opensMetricsToThisMachine() throws Exception {
    for (String host : new String[] {"127.0.0.1", "localhost:8080", "[::1]:8080"}) {
      assertThat(call(local, "GET /metrics", "Host: " + host))
          .startsWith("HTTP/1.1 200 ")
          .contains("backlane_operations_queued");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: api.example.com",
        "Host: attacker.example",
        "Host: 127.0.0.1.attacker.example",
        "Host: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.7",
        "Host: 127.0.0.1\r\nForwarded: for=203.0.113.7",
        "Host: 127.0.0.1\r\nVia: 1.1 proxy"
      })
  @DisplayName("/metrics without tokens is closed to clients of a proxy and to other hosts")
  void closesMetricsToOthers(String fields) throws Exception {
    assertThat(call(local, "GET /metrics", fields))
        .startsWith("HTTP/1.1 401 ")
        .doesNotContain("backlane_");
  }

  @Test
  @DisplayName("/metrics without tokens is closed if the public URL is not loopback")
  void closesMetricsWithPublicUrl() throws Exception {
    var address = URI.create("http://127.0.0.1:" + PUBLISHED_PORT);
    var http = new Http(published.http().client(), address, "");
    for (String host : new String[] {"127.0.0.1", "api.example.com"}) {
      assertThat(call(http, "GET /metrics", "Host: " + host))
          .startsWith("HTTP/1.1 401 ")
          .doesNotContain("backlane_");
    }
    assertThat(http.get("/health/ready").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("auth.mode none serves loopback hosts only; other calls are still proxied")
  void servesLoopbackHostsOnlyWithoutAuthentication() throws Exception {
    var trigger = "erp-api-background: none";
    for (String host : new String[] {"attacker.example", "127.0.0.1.attacker.example:8080"}) {
      for (String line : new String[] {"GET /v1/background", "DELETE /v1/background/x"}) {
        assertThat(call(anonymous, line, "Host: " + host))
            .startsWith("HTTP/1.1 403 ")
            .contains("problems/forbidden", "Use http://127.0.0.1");
      }
      assertThat(call(anonymous, "GET /call", "Host: " + host, trigger))
          .startsWith("HTTP/1.1 403 ");
      assertThat(call(anonymous, "GET /proxied", "Host: " + host)).startsWith("HTTP/1.1 200 ");
    }
    assertThat(anonymous.api().received("/call")).isEmpty();
    for (String host : new String[] {"127.0.0.1:8080", "localhost", "[::1]"}) {
      assertThat(call(anonymous, "GET /call", "Host: " + host, trigger))
          .startsWith("HTTP/1.1 202 ");
      assertThat(call(anonymous, "GET /v1/background", "Host: " + host))
          .startsWith("HTTP/1.1 200 ");
    }
  }
}
