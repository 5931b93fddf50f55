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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientCredentialsTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private volatile int status = 200;
  private volatile String expiresIn = "20";
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
                      ? "{\"access_token\": \"t"
                          + requests.size()
                          + "\", \"expires_in\": "
                          + expiresIn
                          + "}"
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

  @ParameterizedTest
  @CsvSource({
    "'\"20\"', 16",
    "20.9, 16",
    "null, 240",
    "'\"soon\"', 240",
    "300, 240",
    "3600, 3540",
    "9223372036854775807, 86340",
    "1e300, 86340",
    "0, 0",
    "-9223372036854775808, 0",
  })
  void readsAnyLifeOfAToken(String life, long usableSeconds) throws Exception {
    expiresIn = life;
    assertThat(credentials.token()).hasValue("t1");
    if (usableSeconds > 0) {
      now.set(Instant.EPOCH.plusSeconds(usableSeconds - 1));
      assertThat(credentials.token()).hasValue("t1");
    }
    now.set(Instant.EPOCH.plusSeconds(usableSeconds));
    assertThat(credentials.token()).hasValue("t2");
  }

  @Test
  void usesATokenUntilItExpiresWhileTheEndpointIsAway() throws Exception {
    credentials.token();
    status = 503;
    now.set(Instant.EPOCH.plusSeconds(16));
    assertThat(credentials.token()).hasValue("t1");
    assertThat(credentials.token()).hasValue("t1");
    assertThat(requests).hasSize(2);

    now.set(Instant.EPOCH.plusSeconds(21));
    assertThatThrownBy(() -> credentials.token())
        .isInstanceOfSatisfying(
            CredentialsException.class, failure -> assertThat(failure.temporary()).isTrue());
    status = 200;
    assertThat(credentials.token()).hasValue("t4");
  }

  @Test
  void survivesAClockThatJumpsBack() throws Exception {
    now.set(Instant.EPOCH.plus(Duration.ofDays(400)));
    assertThat(credentials.token()).hasValue("t1");
    now.set(Instant.EPOCH);
    assertThat(credentials.token()).hasValue("t1");

    // The server refuses the token, which has expired in the meantime.
    assertThat(credentials.refused("t1")).isTrue();
    assertThat(credentials.token()).hasValue("t2");
  }

  @Test
  void asksOnceForAllThreads() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tokens = new ArrayList<Future<Optional<String>>>();
      for (int i = 0; i < 50; i++) {
        tokens.add(threads.submit(() -> credentials.token()));
      }
      for (var token : tokens) {
        assertThat(token.get(10, TimeUnit.SECONDS)).hasValue("t1");
      }
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void namesTheErrorAndNoSecret() {
    status = 401;

    assertThatThrownBy(() -> credentials.token())
        .isInstanceOf(CredentialsException.class)
        .hasMessageContaining("401 (invalid_client)")
        .hasMessageNotContaining("p:ss");
    assertThat(credentials.toString()).doesNotContain("p:ss");
  }
}
