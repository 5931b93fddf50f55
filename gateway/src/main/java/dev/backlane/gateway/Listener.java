package dev.backlane.gateway;

import dev.backlane.gateway.http.MalformedRequests;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.http.UntouchedContent;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// The open port. Thread-safe.
public final class Listener implements AutoCloseable {
  private static final int REQUEST_LINE_BYTES_MAX = 16 * 1024;
  private static final Duration IDLE_LOOK_INTERVAL = Duration.ofSeconds(15);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  private final WebServer server;
  private final Door door;
  private final SlowClients slowClients;

  private Listener(WebServer server, Door door, SlowClients slowClients) {
    this.server = server;
    this.door = door;
    this.slowClients = slowClients;
  }

  /// Where and how to listen.
  ///
  /// @param port 0 takes any free port
  /// @param idleTimeout after which a connection without a request is closed
  /// @param requestTimeout for the head of a request, and between any two bytes of its body
  /// @param headerBytesMax of a request's header lines together
  /// @param connectionsMax open at the same time
  /// @param tls for HTTPS; empty: HTTP
  public record Settings(
      String host,
      int port,
      Duration idleTimeout,
      Duration requestTimeout,
      int headerBytesMax,
      int connectionsMax,
      Optional<SSLContext> tls) {}

  /// Opens the port. Requests that arrive before [#serve] are answered 503.
  ///
  /// @throws UncheckedIOException if the port cannot be had; the message names the mend
  public static Listener open(Settings settings) {
    requireFree(settings);
    var door = new Door();
    var slowClients = new SlowClients(settings.requestTimeout());
    var server = server(settings, door, slowClients);
    server.start();
    if (!server.isRunning()) {
      slowClients.close();
      throw notToBeHad(settings, new IOException("somebody else was faster"));
    }
    return new Listener(server, door, slowClients);
  }

  private static WebServer server(Settings settings, Door door, SlowClients slowClients) {
    var http1 =
        Http1Config.builder()
            .maxHeadersSize(settings.headerBytesMax())
            .maxPrologueLength(REQUEST_LINE_BYTES_MAX)
            // A target is passed on as it came; whether it is well-formed is the upstream's to say.
            .validatePath(false)
            .validatePrologue(false)
            .sendKeepAliveHeader(false)
            .addReceiveListener(slowClients)
            .addSendListener(slowClients)
            .build();
    var builder = WebServer.builder();
    settings.tls().ifPresent(tls -> builder.tls(Tls.builder().sslContext(tls).build()));
    return builder
        .host(settings.host())
        .port(settings.port())
        .maxTcpConnections(settings.connectionsMax())
        .idleConnectionTimeout(settings.idleTimeout())
        .idleConnectionPeriod(idleLookInterval(settings.idleTimeout()))
        .contentEncoding(new UntouchedContent())
        .shutdownGracePeriod(STOP_GRACE)
        .shutdownHook(false)
        // HTTP/1.1 alone: with a choice of protocols, a connection that has not sent a whole line
        // yet is out of reach of the idle timeout, and what is no HTTP is not answered.
        .protocolsDiscoverServices(false)
        .addProtocol(http1)
        .directHandlers(MalformedRequests.handlers())
        .routing(HttpRouting.builder().any(door))
        .build();
  }

  private static Duration idleLookInterval(Duration idleTimeout) {
    return idleTimeout.compareTo(IDLE_LOOK_INTERVAL) < 0 ? idleTimeout : IDLE_LOOK_INTERVAL;
  }

  // The web server logs a port that it cannot have, with a stack trace, and goes on without it
  // (Helidon 4.5); so it is asked for first.
  private static void requireFree(Settings settings) {
    try (var trial = new ServerSocket()) {
      trial.bind(new InetSocketAddress(settings.host(), settings.port()));
    } catch (IOException taken) {
      throw notToBeHad(settings, taken);
    }
  }

  private static UncheckedIOException notToBeHad(Settings settings, IOException why) {
    return new UncheckedIOException(
        "cannot listen on "
            + settings.host()
            + " port "
            + settings.port()
            + ": "
            + why.getMessage()
            + "; end what listens there, or choose another server.host or server.port",
        why);
  }

  /// Lets requests in, once all is there that answers them.
  public void serve(Handler handler) {
    door.opensTo(handler);
  }

  /// The port that was taken.
  public int port() {
    return server.port();
  }

  /// Bounds how long requests of this port are waited for.
  public SlowClients slowClients() {
    return slowClients;
  }

  /// Closes the port and, after a grace of 5 s, the connections.
  @Override
  public void close() {
    server.stop();
    slowClients.close();
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
