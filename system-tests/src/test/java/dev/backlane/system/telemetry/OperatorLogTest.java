package dev.backlane.system.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The log of a real process.
@Timeout(120)
final class OperatorLogTest {
  private static final Duration LOGGED_WITHIN = Duration.ofSeconds(10);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String[] TRACED = {
    "erp-api-background", "none", "traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01"
  };
  private static final String TOKEN = "the-operators-token-of-the-tests";

  @Test
  @DisplayName("start, failed operations, refused operators and the stop are at INFO or above")
  void logsWhatOperatorsLookFor() throws Exception {
    try (var gateway =
        TestGateway.with(
                """
                admin: { token: %s }
                log: { format: json }
                routes: [{ path: /orders }]
                """
                    .formatted(TOKEN))
            .start()) {
      var http = gateway.http();
      gateway.api().on("/orders", RecordingApi.breaking());
      var id = http.post("/orders", "{}", TRACED).acceptedId();
      assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FAILED);
      var fine = http.post("/fine", "{}", TRACED).acceptedId();
      http.awaitEnd(fine);
      assertThat(http.as("a-wrong-token-of-an-operator").get("/admin/v1/subscriptions").status())
          .isEqualTo(401);

      assertThat(logged(gateway, "Backlane has started"))
          .containsEntry("level", "INFO")
          .containsEntry("url", gateway.url().toString())
          .containsEntry("upstream", gateway.api().url().toString())
          .containsEntry("store", "rocksdb:" + gateway.dataFolder())
          .containsEntry("operations_queued", 0)
          .containsKey("version");
      assertThat(logged(gateway, "Operation failed"))
          .containsEntry("level", "INFO")
          .containsEntry("operation_id", id)
          .containsEntry("tenant", TestGateway.TENANT)
          .containsEntry("route", "/orders")
          .containsEntry("method", "POST")
          .containsEntry("attempts", 1)
          .containsEntry("error_code", "outcome-unknown")
          .containsEntry("trace_id", TRACE)
          .extractingByKey("reason")
          .asString()
          .startsWith("Outcome unknown: ");
      assertThat(
              gateway
                  .process()
                  .lineWith("refused /admin/v1: wrong token from 127.0.0.1, number 1 of"))
          .isPresent();

      gateway.process().terminate();
      var lines = gateway.process().awaitEnd().err();
      assertThat(lines).noneMatch(line -> line.contains(fine));
      assertThat(lines).anyMatch(line -> line.contains("\"message\":\"Backlane is stopping\""));
      assertThat(lines).last().asString().contains("\"message\":\"Backlane has stopped\"");
    }
  }

  @Test
  @DisplayName("at DEBUG, each accept, attempt, end and delivery is one event with its fields")
  void logsOneEventForEachStep() throws Exception {
    try (var receiver = new WebhookReceiver();
        var gateway =
            TestGateway.with(
                    """
                    log: { format: json, level: DEBUG }
                    webhooks: { allow-cidrs: ["127.0.0.0/8"] }
                    """)
                .start()) {
      var http = gateway.http();
      var id =
          http.post(
                  "/job?key=in-the-query",
                  "in-the-body",
                  "erp-api-background",
                  receiver.url(),
                  "traceparent",
                  "00-" + TRACE + "-00f067aa0ba902b7-01")
              .acceptedId();
      http.awaitEnd(id);
      receiver.await(1);

      assertThat(logged(gateway, "Operation accepted"))
          .containsEntry("level", "DEBUG")
          .containsEntry("operation_id", id)
          .containsEntry("client", TestGateway.CLIENT)
          .containsEntry("path", "/job")
          .containsEntry("request_bytes", 11)
          .containsEntry("notified", true)
          .containsEntry("trace_id", TRACE);
      assertThat(logged(gateway, "Attempt ended"))
          .containsEntry("operation_id", id)
          .containsEntry("attempt", 1)
          .containsEntry("verdict", "responded")
          .containsEntry("status_code", 200)
          .containsKeys("duration_ms", "response_bytes");
      assertThat(logged(gateway, "Operation finished"))
          .containsEntry("operation_id", id)
          .containsEntry("status_code", 200)
          .containsKey("duration_ms");
      assertThat(logged(gateway, "Delivery succeeded"))
          .containsEntry("delivery_id", id)
          .containsEntry("trace_id", TRACE)
          .containsEntry("status_code", 200)
          .containsKeys("receiver", "duration_ms");
      assertThat(gateway.process().lines())
          .noneMatch(line -> line.contains("in-the-query") || line.contains("in-the-body"));
    }
  }

  /// The fields of the one event with a message.
  private static Map<String, Object> logged(TestGateway gateway, String message) throws Exception {
    Deadline.within(
        LOGGED_WITHIN, message + " is logged", () -> event(gateway, message).isPresent());
    return event(gateway, message).orElseThrow();
  }

  private static Optional<Map<String, Object>> event(TestGateway gateway, String message) {
    List<Map<String, Object>> events =
        gateway.process().lines().stream()
            .filter(line -> line.startsWith("{"))
            .map(OperatorLogTest::object)
            .filter(event -> message.equals(event.get("message")))
            .toList();
    assertThat(events).hasSizeLessThan(2);
    return events.stream().findFirst();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(String line) {
    return Json.read(line.getBytes(UTF_8), Map.class);
  }
}
