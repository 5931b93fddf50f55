package dev.backlane.system.limits;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Calls that are accepted while the upstream refuses connections are sent when it is back.
final class UpstreamOutageTest {
  private static final int CALLS = 1_000;
  private static final Duration OUTAGE = Duration.ofSeconds(40);
  private static final Duration FINISHED_WITHIN = Duration.ofSeconds(70);

  @Test
  @Timeout(180)
  void thousandPostsSurviveAnOutageOf40Seconds() throws Exception {
    long begun = System.nanoTime();
    var closed = new ClosedPort();
    try (var gateway = TestGateway.with("").flags("--upstream.url=" + closed.url()).start()) {
      var http = gateway.http();
      accept(gateway);
      assertThat(http.get("/health/ready").status()).as("ready during an outage").isEqualTo(200);
      waitUntil(begun + OUTAGE.toNanos());
      assertThat(failed(http)).isZero();

      closed.close();
      try (var api = new RecordingApi("127.0.0.1", closed.url().getPort())) {
        Deadline.within(
            FINISHED_WITHIN, "all calls are received", () -> api.received().size() >= CALLS);
        assertThat(api.received().stream().map(Received::target).collect(Collectors.toSet()))
            .as("each is sent once")
            .hasSameSizeAs(api.received())
            .hasSize(CALLS);
        Deadline.within(FINISHED_WITHIN, "all calls end", () -> open(http) == 0);
      }
      assertThat(failed(http)).isZero();
    }
  }

  private static void accept(TestGateway gateway) throws Exception {
    try (var line = new GatewayConnection(gateway.url())) {
      for (int each = 0; each < CALLS; each++) {
        var token = gateway.token(TestGateway.CLIENT, TestGateway.TENANT, "user");
        var response =
            line.send(GatewayConnection.call("POST", "/" + each, token, "x".getBytes(UTF_8)));
        assertThat(response.status()).as(response.text()).isEqualTo(202);
      }
    }
  }

  private static void waitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
    }
  }

  private static int failed(Http http) throws Exception {
    return http.get("/v1/background?status=Failed&limit=200").page().items().size();
  }

  private static int open(Http http) throws Exception {
    return http.get("/v1/background?status=Started&limit=200").page().items().size();
  }
}
