package dev.backlane.system.telemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.system.support.Deadline;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/// A collector of OTLP over HTTP on loopback, which keeps what it receives. Thread-safe.
final class CollectorStub implements AutoCloseable {
  private static final Duration EXPORTED_WITHIN = Duration.ofSeconds(20);

  private final HttpServer server;
  private final List<ExportTraceServiceRequest> traces = new CopyOnWriteArrayList<>();
  private final List<ExportMetricsServiceRequest> metrics = new CopyOnWriteArrayList<>();

  CollectorStub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          traces.add(ExportTraceServiceRequest.parseFrom(body(exchange)));
          respond(exchange);
        });
    server.createContext(
        "/v1/metrics",
        exchange -> {
          metrics.add(ExportMetricsServiceRequest.parseFrom(body(exchange)));
          respond(exchange);
        });
    server.start();
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    var compressed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    try (var received =
        compressed ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
      return received.readAllBytes();
    }
  }

  private static void respond(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// All spans so far.
  List<Span> spans() {
    return traces.stream()
        .flatMap(request -> request.getResourceSpansList().stream())
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .toList();
  }

  /// Waits for a number of spans.
  List<Span> awaitSpans(int count) throws Exception {
    Deadline.within(EXPORTED_WITHIN, count + " spans are exported", () -> spans().size() >= count);
    return spans();
  }

  /// The resources that sent spans and metrics.
  List<Resource> resources() {
    var all = new CopyOnWriteArrayList<Resource>();
    traces.forEach(
        request -> request.getResourceSpansList().forEach(each -> all.add(each.getResource())));
    metrics.forEach(
        request -> request.getResourceMetricsList().forEach(each -> all.add(each.getResource())));
    return all;
  }

  /// All metrics so far.
  List<Metric> metrics() {
    return metrics.stream()
        .flatMap(request -> request.getResourceMetricsList().stream())
        .flatMap(resource -> resource.getScopeMetricsList().stream())
        .flatMap(scope -> scope.getMetricsList().stream())
        .toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
