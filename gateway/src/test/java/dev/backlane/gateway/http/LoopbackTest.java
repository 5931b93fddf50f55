package dev.backlane.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.jetty.JettyListener;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoopbackTest {
  private static final int SILENCE_MAX_MILLIS = 10_000;

  @AutoClose
  private static final JettyListener listener =
      JettyListener.open(
          new ListenerSettings(
              "127.0.0.1",
              0,
              Duration.ofSeconds(60),
              Duration.ofSeconds(20),
              0,
              16 * 1024,
              100,
              Optional.empty()));

  @BeforeAll
  static void serve() {
    listener.serve(call -> {
      var result = Loopback.isAddressed(call) + " " + Loopback.isSender(call);
      call.respond(result.getBytes(UTF_8));
    });
  }

  /// Whether a call addresses a loopback host, and whether it is from this machine.
  private static String judged(String lines) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      socket.setSoTimeout(SILENCE_MAX_MILLIS);
      var request = "GET / HTTP/1.1\r\n" + lines + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      var response = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(response).startsWith("HTTP/1.1 200 ");
      return response.substring(response.indexOf("\r\n\r\n") + 4);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.8.9.10:1",
        "localhost",
        "LocalHost:8080",
        "[::1]",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]"
      })
  void acceptsLoopbackHosts(String host) throws Exception {
    assertThat(judged("Host: " + host)).isEqualTo("true true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api.example.com",
        "attacker.example:8080",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "127.attacker.example",
        "attacker.localhost",
        "128.0.0.1",
        "127.0.0.999",
        "0.0.0.0",
        "10.0.0.1:8080",
        "[::]",
        "[2001:db8::1]:8080"
      })
  void refusesOtherHosts(String host) throws Exception {
    assertThat(judged("Host: " + host)).isEqualTo("false false");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Forwarded: for=203.0.113.7;proto=https",
        "X-Forwarded-For: 203.0.113.7",
        "x-forwarded-for: 127.0.0.1",
        "X-Forwarded-Host: api.example.com",
        "X-Real-IP: 203.0.113.7",
        "Via: 1.1 proxy"
      })
  void callOfAProxyIsNotFromThisMachine(String field) throws Exception {
    assertThat(judged("Host: 127.0.0.1\r\n" + field)).isEqualTo("true false");
  }
}
