package dev.backlane.gateway.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.connect.SilentAddress;
import dev.backlane.gateway.upstream.ScriptedServer;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class IssuerClientTest {
  private static final InetAddress SILENT = InetAddress.ofLiteral("127.0.0.2");
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String RESPONSE =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

  @Test
  void triesEveryAddressOfTheIssuer() throws Exception {
    try (var server = ScriptedServer.responding(RESPONSE);
        var silent = new SilentAddress(SILENT, server.port())) {
      assertThat(silent).isNotNull();
      var hosts = new HostAddresses(_ -> new InetAddress[] {SILENT, LOOPBACK});
      var client = new IssuerClient(UpstreamClient::defaultTls, hosts, LONG, LONG);
      var url = URI.create("http://issuer.example:" + server.port() + "/keys").toURL();

      assertThat(client.retrieveResource(url).getContent()).isEqualTo("{}");
      var request = new HTTPRequest(HTTPRequest.Method.POST, url);
      request.setBody("grant_type=client_credentials");
      assertThat(client.send(request).getBody()).isEqualTo("{}");
    }
  }

  @Test
  void sendsTheRequestAsGiven() throws Exception {
    var received = new LinkedBlockingQueue<String>();
    try (var server =
        new ScriptedServer(wire -> {
          received.add(wire.readRequest());
          wire.send(RESPONSE);
        })) {
      var request = new HTTPRequest(HTTPRequest.Method.POST, url(server, "/token?a=%2F"));
      request.setAuthorization("Basic eA==");
      request.setBody("x=y");
      var response = new IssuerClient().send(request);
      assertThat(response.getStatusCode()).isEqualTo(200);
      assertThat(received.take())
          .startsWith("POST /token?a=%2F HTTP/1.1\r\n")
          .contains("\r\nAuthorization: Basic eA==\r\n", "\r\nContent-Length: 3\r\n")
          .endsWith("\r\n\r\nx=y");
    }
  }

  /// Each byte arrives in time, the whole does not.
  @Test
  void responseThatTricklesEndsAtTheTimeout() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n");
          while (true) {
            wire.send(" ");
            Thread.sleep(10);
          }
        })) {
      var client =
          new IssuerClient(
              UpstreamClient::defaultTls, new HostAddresses(), LONG, Duration.ofMillis(300));
      assertThatThrownBy(() -> client.retrieveResource(url(server, "/keys")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("/keys did not respond completely within 0.3 s");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
        "no HTTP\r\n\r\n"
      })
  void keysAreNotReadFromOtherResponses(String response) throws Exception {
    try (var server = ScriptedServer.responding(response)) {
      assertThatThrownBy(() -> new IssuerClient().retrieveResource(url(server, "/keys")))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesAResponseOverAMebibyte() throws Exception {
    try (var server =
        ScriptedServer.responding("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1024 * 1024 + 1))) {
      assertThatThrownBy(() -> new IssuerClient().retrieveResource(url(server, "/keys")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("larger");
    }
  }

  private static URL url(ScriptedServer server, String target) throws IOException {
    return URI.create(server.uri() + target).toURL();
  }
}
