package dev.backlane.gateway;

import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.UntouchedContent;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;
import java.util.function.IntFunction;

/// The open port. Thread-safe.
public final class Listener implements AutoCloseable {
  private static final int REQUEST_LINE_BYTES_MAX = 16 * 1024;
  private static final Duration IDLE_LOOK_INTERVAL = Duration.ofSeconds(15);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  private final WebServer server;

  private Listener(WebServer server) {
    this.server = server;
  }

  /// Where and how to listen.
  ///
  /// @param port 0 takes any free port
  /// @param idleTimeout after which a connection without a request is closed
  /// @param headerBytesMax of a request's header lines together
  /// @param connectionsMax open at the same time
  public record Settings(
      String host, int port, Duration idleTimeout, int headerBytesMax, int connectionsMax) {}

  /// Opens the port. Requests that arrive before the handler stands are answered 503.
  ///
  /// @param handlerAt gives the handler, once the port is known
  /// @throws RuntimeException if the port cannot be had
  public static Listener open(Settings settings, IntFunction<Handler> handlerAt) {
    var door = new Door();
    var http1 =
        Http1Config.builder()
            .maxHeadersSize(settings.headerBytesMax())
            .maxPrologueLength(REQUEST_LINE_BYTES_MAX)
            // A target is passed on as it came; whether it is well-formed is the upstream's to say.
            .validatePath(false)
            .validatePrologue(false)
            .sendKeepAliveHeader(false)
            .build();
    var server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .maxTcpConnections(settings.connectionsMax())
            .idleConnectionTimeout(settings.idleTimeout())
            .idleConnectionPeriod(IDLE_LOOK_INTERVAL)
            .contentEncoding(new UntouchedContent())
            .shutdownGracePeriod(STOP_GRACE)
            .shutdownHook(false)
            .addProtocol(http1)
            .routing(HttpRouting.builder().any(door))
            .build();
    server.start();
    door.opensTo(handlerAt.apply(server.port()));
    return new Listener(server);
  }

  /// The port that was taken.
  public int port() {
    return server.port();
  }

  /// Closes the port and, after a grace of 5 s, the connections.
  @Override
  public void close() {
    server.stop();
  }

  private static final class Door implements Handler {
    private volatile Handler handler =
        (_, response) ->
            Problems.send(
                response, Problems.overloaded("The gateway is starting. Try again in a moment."));

    void opensTo(Handler next) {
      handler = next;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws Exception {
      handler.handle(request, response);
    }
  }
}
