package dev.backlane.system.limits;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.DelayedResponses;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A tenant that fills the queue does not delay the other tenants.
final class FairnessTest {
  private static final int QUEUED = 50_000;
  private static final int CONNECTIONS = 250;
  private static final Duration START_WITHIN = Duration.ofSeconds(2);
  private static final Duration CALL_TAKES = Duration.ofSeconds(1);
  private static final Duration SLOW_CALL_TAKES = Duration.ofSeconds(20);

  @Test
  @Timeout(60)
  void startsCallBehind50000OfOtherTenantWithin2Seconds() throws Exception {
    try (var delays = new DelayedResponses();
        var gateway = TestGateway.with("execution: { concurrency: 64 }\n").start()) {
      gateway.api().on("/slow", delays.of(CALL_TAKES));
      gateway.api().on("/one", delays.of(CALL_TAKES));
      flood(gateway.url(), gateway.token("busy-client", "busy", "busy"));

      var quiet = gateway.http("quiet-client", "quiet", "quiet");
      var id = quiet.post("/one", "x", "erp-api-background", "none").accepted().id();
      var state = quiet.awaitEnd(id);

      int begun = gateway.api().received("/slow").size();
      assertThat(begun).as("calls of the busy tenant begun by now").isLessThan(QUEUED / 2);
      var waited =
          Duration.between(
              Objects.requireNonNull(state.receivedUtc()),
              Objects.requireNonNull(state.startedUtc()));
      assertThat(waited).isLessThanOrEqualTo(START_WITHIN);
      System.out.println(
          QUEUED + " calls queued, " + begun + " begun; the other tenant waited " + waited);
      gateway.crash();
    }
  }

  @Test
  @Timeout(60)
  void startsCallBeside64SlowCallsOfOtherTenantAtOnce() throws Exception {
    try (var delays = new DelayedResponses();
        var gateway = TestGateway.with("execution: { concurrency: 64 }\n").start()) {
      gateway.api().on("/slow", delays.of(SLOW_CALL_TAKES));
      gateway.api().on("/one", delays.of(Duration.ofMillis(100)));
      var busy = gateway.http("busy-client", "busy", "busy");
      for (int each = 0; each < 64; each++) {
        busy.begin("/slow");
      }
      var quiet = gateway.http("quiet-client", "quiet", "quiet");
      var state = quiet.awaitEnd(quiet.begin("/one"));

      var took =
          Duration.between(
              Objects.requireNonNull(state.receivedUtc()),
              Objects.requireNonNull(state.finishedUtc()));
      assertThat(took).isLessThan(SLOW_CALL_TAKES.dividedBy(2));
      assertThat(gateway.api().received("/slow")).as("seven of eight permits").hasSize(56);
      gateway.crash();
    }
  }

  private static void flood(URI gateway, String token) throws Exception {
    byte[] call = GatewayConnection.call("POST", "/slow", token, "x".getBytes(UTF_8));
    List<Callable<Boolean>> connections = new ArrayList<>();
    for (int each = 0; each < CONNECTIONS; each++) {
      connections.add(() -> {
        try (var line = new GatewayConnection(gateway)) {
          for (int sent = 0; sent < QUEUED / CONNECTIONS; sent++) {
            var response = line.send(call);
            assertThat(response.status()).as(response.text()).isEqualTo(202);
          }
          return true;
        }
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var connection : threads.invokeAll(connections)) {
        connection.get();
      }
    }
  }
}
