package dev.backlane.system.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.WebhookReceiver;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The trace of a call, from the caller to the receiver of its notification.
@Timeout(120)
final class TraceTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final String SAMPLED = "00-" + TRACE + "-" + CALLER + "-01";
  private static final String VENDOR = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";

  private CollectorStub collector;
  private WebhookReceiver receiver;

  @BeforeEach
  void open() throws Exception {
    collector = new CollectorStub();
    receiver = new WebhookReceiver();
  }

  @AfterEach
  void close() {
    receiver.close();
    collector.close();
  }

  private TestGateway traced() {
    return TestGateway.with(
        """
        telemetry: { otlp-endpoint: "%s" }
        webhooks: { allow-cidrs: ["127.0.0.0/8"] }
        log: { level: DEBUG }
        """
            .formatted(collector.url()));
  }

  private static TestGateway untraced() {
    return TestGateway.with("webhooks: { allow-cidrs: [\"127.0.0.0/8\"] }\n");
  }

  private String begin(TestGateway gateway, String path, String... context) throws Exception {
    var headers = new String[2 + context.length];
    headers[0] = "erp-api-background";
    headers[1] = receiver.url();
    System.arraycopy(context, 0, headers, 2, context.length);
    return gateway.http().post(path, "{}", headers).acceptedId();
  }

  @Test
  @DisplayName("accept, each attempt and the notification are in the caller's trace")
  void continuesTheTraceOfTheCaller() throws Exception {
    try (var gateway = traced().start()) {
      gateway
          .api()
          .on(
              "/job",
              RecordingApi.inTurn(
                  RecordingApi.responding(429, "later", "Retry-After", "0"),
                  RecordingApi.responding(200, "done")));
      var id = begin(gateway, "/job", "traceparent", SAMPLED, "tracestate", VENDOR);
      assertThat(gateway.http().awaitEnd(id).phase()).isEqualTo(Phase.FINISHED);
      var notification = receiver.await(1).getFirst();

      var spans = collector.awaitSpans(4);
      assertThat(spans).hasSize(4).allMatch(span -> hex(span.getTraceId()).equals(TRACE));
      var accept = named(spans, "accept POST").getFirst();
      assertThat(hex(accept.getParentSpanId())).isEqualTo(CALLER);
      assertThat(accept.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(attributes(accept))
          .containsEntry("backlane.operation.id", id)
          .containsEntry("http.response.status_code", "202");

      var attempts = named(spans, "attempt POST");
      var received = gateway.api().received("/job");
      assertThat(attempts).hasSize(2);
      assertThat(received).hasSize(2);
      for (int i = 0; i < 2; i++) {
        follows(attempts.get(i), accept);
        assertThat(attributes(attempts.get(i)))
            .containsEntry("backlane.attempt", Integer.toString(i + 1));
        carries(received.get(i), attempts.get(i));
        assertThat(received.get(i).values("tracestate")).containsExactly(VENDOR);
      }
      assertThat(attempts.get(0).getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(attempts.get(0)))
          .containsEntry("http.response.status_code", "429")
          .containsEntry("error.type", "429");

      var notify = named(spans, "notify").getFirst();
      follows(notify, accept);
      carries(notification, notify);
      assertThat(notification.values("tracestate")).containsExactly(VENDOR);
      assertThat(gateway.process().lines())
          .anyMatch(
              line -> line.contains("Operation finished") && line.contains("trace_id=\"" + TRACE));
      assertThat(gateway.process().lines()).noneMatch(line -> line.contains("ResourceBuilder"));
      assertThat(collector.resources())
          .isNotEmpty()
          .allSatisfy(
              resource -> assertThat(resource.toString()).contains("service.name", "backlane"));
    }
  }

  @Test
  @DisplayName("a call without a trace, or with a malformed one, begins its own")
  void beginsATrace() throws Exception {
    try (var gateway = traced().start()) {
      for (var context :
          List.of(
              new String[0],
              new String[] {"traceparent", "00-malformed", "tracestate", "lost=1"})) {
        gateway.http().awaitEnd(begin(gateway, "/job", context));
      }
      receiver.await(2);
      var spans = collector.awaitSpans(6);
      var accepts = named(spans, "accept POST");
      assertThat(accepts)
          .hasSize(2)
          .allMatch(accept -> accept.getParentSpanId().isEmpty())
          .extracting(accept -> hex(accept.getTraceId()))
          .doesNotHaveDuplicates();
      for (var accept : accepts) {
        assertThat(spans)
            .filteredOn(span -> span.getTraceId().equals(accept.getTraceId()))
            .hasSize(3);
      }
      assertThat(gateway.api().received("/job"))
          .allMatch(received -> received.values("tracestate").isEmpty())
          .allMatch(received -> received.values("traceparent").size() == 1);
    }
  }

  @Test
  @DisplayName("a trace that is not recorded is passed on, and not exported")
  void passesOnWhatIsNotSampled() throws Exception {
    try (var gateway = traced().start()) {
      var id = begin(gateway, "/job", "traceparent", SAMPLED.replaceAll("01$", "00"));
      gateway.http().awaitEnd(id);
      var notification = receiver.await(1).getFirst();
      for (var received : List.of(gateway.api().received("/job").getFirst(), notification)) {
        assertThat(received.values("traceparent"))
            .singleElement()
            .asString()
            .startsWith("00-" + TRACE + "-")
            .endsWith("-00");
      }
      gateway.process().terminate();
      gateway.process().awaitEnd();
      assertThat(collector.spans()).isEmpty();
    }
  }

  @Test
  @DisplayName("without a collector, the caller's trace passes to upstream and receiver unchanged")
  void passesTheTraceOnWithoutACollector() throws Exception {
    try (var gateway = untraced().start()) {
      var id = begin(gateway, "/job", "traceparent", SAMPLED, "tracestate", VENDOR);
      gateway.http().awaitEnd(id);
      var notification = receiver.await(1).getFirst();
      for (var received : List.of(gateway.api().received("/job").getFirst(), notification)) {
        assertThat(received.values("traceparent")).containsExactly(SAMPLED);
        assertThat(received.values("tracestate")).containsExactly(VENDOR);
      }
      gateway.http().awaitEnd(begin(gateway, "/plain"));
      var plain = receiver.await(2).getLast();
      assertThat(plain.values("traceparent")).isEmpty();
      assertThat(gateway.api().received("/plain").getFirst().values("traceparent")).isEmpty();
    }
  }

  @Test
  @DisplayName("metrics are sent over OTLP too, at the latest when the process stops")
  void sendsMetrics() throws Exception {
    try (var gateway = traced().start()) {
      gateway.http().awaitEnd(begin(gateway, "/job"));
      gateway.process().terminate();
      gateway.process().awaitEnd();
    }
    var metrics =
        collector.metrics().stream()
            .collect(Collectors.toMap(metric -> metric.getName(), metric -> metric, (a, _) -> a));
    assertThat(metrics).containsKey("backlane.ready");
    var accepted = Objects.requireNonNull(metrics.get("backlane.operations.accepted"));
    assertThat(accepted.getSum().getDataPoints(0).getAsDouble()).isEqualTo(1);
    var duration = Objects.requireNonNull(metrics.get("backlane.operation.duration"));
    assertThat(duration.getUnit()).isEqualTo("s");
    assertThat(duration.getHistogram().getDataPoints(0).getExplicitBoundsCount()).isPositive();
  }

  @Test
  @DisplayName("no token, cookie, query or body is exported")
  void exportsNoSecret() throws Exception {
    try (var gateway = traced().start()) {
      var http = gateway.http();
      gateway.api().on("/job", RecordingApi.responding(200, "response-body-Hc7Db3Nj"));
      var accepted =
          http.post(
              "/job?key=query-Zt4Kv8Ws",
              "request-body-Jp3Nf8Gt",
              "erp-api-background",
              receiver.url(),
              "Cookie",
              "session=cookie-q7TfK2mZ");
      http.awaitEnd(accepted.acceptedId());
      receiver.await(1);
      collector.awaitSpans(3);
      gateway.process().terminate();
      gateway.process().awaitEnd();
      assertThat(collector.spans() + "" + collector.resources() + collector.metrics())
          .contains(TestGateway.TENANT)
          .doesNotContain(http.token())
          .doesNotContain("query-Zt4Kv8Ws", "request-body-", "response-body-", "cookie-q7TfK2mZ");
    }
  }

  @Test
  @DisplayName("a collector that does not respond delays neither calls nor the stop")
  void worksWithoutItsCollector() throws Exception {
    var gateway = traced();
    collector.close();
    try (var started = gateway.start()) {
      var id = begin(started, "/job");
      assertThat(started.http().awaitEnd(id).phase()).isEqualTo(Phase.FINISHED);
      receiver.await(1);
      started.process().terminate();
      assertThat(started.process().awaitEnd().exitCode()).isZero();
    }
  }

  private static List<Span> named(List<Span> spans, String name) {
    return spans.stream()
        .filter(span -> span.getName().equals(name))
        .sorted(
            (one, other) -> Long.compare(one.getStartTimeUnixNano(), other.getStartTimeUnixNano()))
        .toList();
  }

  /// A step that happened after a wait: a child of the accept, with a link to it.
  private static void follows(Span step, Span accept) {
    assertThat(step.getParentSpanId()).isEqualTo(accept.getSpanId());
    assertThat(step.getLinksList())
        .singleElement()
        .satisfies(link -> assertThat(link.getSpanId()).isEqualTo(accept.getSpanId()));
  }

  /// A request that names a span as its parent.
  private static void carries(Received request, Span span) {
    assertThat(request.values("traceparent"))
        .containsExactly("00-" + hex(span.getTraceId()) + "-" + hex(span.getSpanId()) + "-01");
  }

  private static Map<String, String> attributes(Span span) {
    return span.getAttributesList().stream()
        .collect(
            Collectors.toMap(
                attribute -> attribute.getKey(),
                attribute ->
                    attribute.getValue().hasIntValue()
                        ? Long.toString(attribute.getValue().getIntValue())
                        : attribute.getValue().getStringValue()));
  }

  private static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }
}
