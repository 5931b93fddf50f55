package dev.backlane.client.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClientCredentialsTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private volatile int status = 200;
  private HttpServer server;
  private ClientCredentials credentials;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          requests.add(exchange.getRequestHeaders().getFirst("Authorization") + " " + body);
          byte[] response =
              (status == 200
                      ? "{\"access_token\": \"t" + requests.size() + "\", \"expires_in\": 20}"
                      : "{\"error\": \"invalid_client\"}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, response.length);
          exchange.getResponseBody().write(response);
          exchange.close();
        });
    server.start();
    credentials =
        ClientCredentials.at(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token"))
            .client("robot", "p:ss")
            .scope("read create")
            .parameter("tenant_id", "acme")
            .clock(now::get)
            .build();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void keepsATokenUntilShortlyBeforeItExpires() throws Exception {
    assertThat(credentials.token()).hasValue("t1");
    now.set(Instant.EPOCH.plus(Duration.ofSeconds(15)));
    assertThat(credentials.token()).hasValue("t1");
    now.set(Instant.EPOCH.plus(Duration.ofSeconds(16)));
    assertThat(credentials.token()).hasValue("t2");

    assertThat(requests)
        .hasSize(2)
        .first()
        .isEqualTo(
            "Basic cm9ib3Q6cCUzQXNz grant_type=client_credentials&scope=read+create&tenant_id=acme");
  }

  @Test
  void getsAnotherTokenAfterARefusal() throws Exception {
    assertThat(credentials.token()).hasValue("t1");
    assertThat(credentials.refused("t0")).isTrue();
    assertThat(credentials.token()).hasValue("t1");
    assertThat(credentials.refused("t1")).isTrue();
    assertThat(credentials.token()).hasValue("t2");
  }

  @Test
  void namesTheErrorAndNoSecret() {
    status = 401;

    assertThatThrownBy(() -> credentials.token())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("401 (invalid_client)")
        .hasMessageNotContaining("p:ss");
    assertThat(credentials.toString()).doesNotContain("p:ss");
  }
}
