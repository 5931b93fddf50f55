package dev.backlane.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.upstream.ScriptedServer;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When a call with a body takes its connection to the upstream.
final class ProxiedBodyTest {
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"})
  void takesNoConnectionBeforeABodyBegins(String framing) throws Exception {
    try (var server = new ScriptedServer(this::record);
        var gateway = new ProxyGateway(server.uri())) {
      var slow = gateway.connect();
      slow.send("POST /slow HTTP/1.1\r\nHost: h\r\n" + framing);
      var other = gateway.connect();
      other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
      other.readRequest();
      assertThat(requests.poll(10, TimeUnit.SECONDS)).startsWith("GET /other");
      assertThat(server.connections()).isEqualTo(1);
      slow.send(
          framing.startsWith("T") ? "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" : "abcde".repeat(20_000));
      slow.readRequest();
      assertThat(requests.poll(10, TimeUnit.SECONDS)).startsWith("POST /slow");
    }
  }

  /// A client may send its body only once the response has begun.
  @Test
  void takesAConnectionThoughTheBodyDoesNotBegin() throws Exception {
    try (var server =
            new ScriptedServer(wire -> {
              requests.add(wire.readHead());
              wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
              wire.readAll();
            });
        var gateway = new ProxyGateway(server.uri())) {
      var client = gateway.connect();
      client.send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
      assertThat(requests.poll(10, TimeUnit.SECONDS)).startsWith("POST /later");
      assertThat(client.readHead()).contains("200 OK");
    }
  }

  private void record(Wire wire) throws IOException {
    while (true) {
      requests.add(wire.readRequest());
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  }
}
