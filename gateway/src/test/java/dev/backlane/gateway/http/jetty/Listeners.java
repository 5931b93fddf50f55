package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Listeners to test, and the handler that most tests use.
final class Listeners {
  static final int HEADER_BYTES_MAX = 16 * 1024;
  static final Duration LONG = Duration.ofSeconds(20);

  private Listeners() {}

  static JettyListener open(CallHandler handler) {
    return open(LONG, LONG, handler);
  }

  static JettyListener open(Duration idleTimeout, Duration requestTimeout, CallHandler handler) {
    return open(settings(idleTimeout, requestTimeout, Optional.empty()), handler);
  }

  static JettyListener open(ListenerSettings settings, CallHandler handler) {
    var listener = JettyListener.open(settings);
    listener.serve(handler);
    return listener;
  }

  static ListenerSettings settings(
      Duration idleTimeout, Duration requestTimeout, Optional<SSLContext> tls) {
    return new ListenerSettings(
        "127.0.0.1", 0, idleTimeout, requestTimeout, 10, HEADER_BYTES_MAX, 1000, tls);
  }

  /// Responds with the method, the target, and the content of the request.
  static void echo(Call call) {
    try {
      var content = new String(call.body().readAllBytes(), ISO_8859_1);
      call.response().set("Content-Type", "text/plain");
      call.respond((call.method() + " " + call.target() + "|" + content).getBytes(ISO_8859_1));
    } catch (IOException incomplete) {
      throw new UncheckedIOException(incomplete);
    }
  }
}
