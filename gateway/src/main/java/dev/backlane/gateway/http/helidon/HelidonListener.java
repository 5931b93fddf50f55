package dev.backlane.gateway.http.helidon;

import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.RootHandler;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.CloseConnectionException;
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

/// The open port. Thread-safe.
public final class HelidonListener implements AutoCloseable {
  private static final int REQUEST_LINE_BYTES_MAX = 16 * 1024;
  private static final Duration IDLE_CHECK_INTERVAL_MAX = Duration.ofSeconds(15);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  private final WebServer server;
  private final RootHandler root;
  private final SlowClients slowClients;

  private HelidonListener(WebServer server, RootHandler root, SlowClients slowClients) {
    this.server = server;
    this.root = root;
    this.slowClients = slowClients;
  }

  /// Opens the port. Requests that arrive before [#serve] get 503.
  ///
  /// @throws UncheckedIOException if the port cannot be opened; the message says how to fix it
  public static HelidonListener open(ListenerSettings settings) {
    requireFree(settings);
    var root = new RootHandler();
    var slowClients = new SlowClients(settings.requestTimeout());
    var server = server(settings, new Calls(root, slowClients), slowClients);
    server.start();
    if (!server.isRunning()) {
      slowClients.close();
      throw settings.cannotListen(new IOException("another process opened the port first"));
    }
    return new HelidonListener(server, root, slowClients);
  }

  private static WebServer server(ListenerSettings settings, Calls calls, SlowClients slowClients) {
    var http1 =
        Http1Config.builder()
            .maxHeadersSize(settings.headerBytesMax())
            .maxPrologueLength(REQUEST_LINE_BYTES_MAX)
            // A target is passed on as received; whether it is well-formed is for the upstream to
            // decide.
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
        .idleConnectionPeriod(idleCheckInterval(settings.idleTimeout()))
        .contentEncoding(new UntouchedContent())
        .shutdownGracePeriod(STOP_GRACE)
        .shutdownHook(false)
        // HTTP/1.1 alone: with a choice of protocols, the idle timeout does not apply to a
        // connection that has not sent a whole line yet, and a request that is not HTTP gets no
        // response.
        .protocolsDiscoverServices(false)
        .addProtocol(http1)
        .directHandlers(RefusedRequests.handlers())
        .routing(HttpRouting.builder().any(calls))
        .build();
  }

  private static Duration idleCheckInterval(Duration idleTimeout) {
    return idleTimeout.compareTo(IDLE_CHECK_INTERVAL_MAX) < 0
        ? idleTimeout
        : IDLE_CHECK_INTERVAL_MAX;
  }

  // If the web server cannot open its port, it logs a stack trace and goes on without the port
  // (Helidon 4.5); so a trial comes first.
  private static void requireFree(ListenerSettings settings) {
    try (var trial = new ServerSocket()) {
      trial.bind(new InetSocketAddress(settings.host(), settings.port()));
    } catch (IOException taken) {
      throw settings.cannotListen(taken);
    }
  }

  /// Starts to pass requests on to a handler.
  public void serve(CallHandler handler) {
    root.serve(call -> {
      ReceivedHead.requireExact(call.headers());
      handler.handle(call);
    });
  }

  /// The port that is open.
  public int port() {
    return server.port();
  }

  /// Closes the port and, after a grace of 5 s, the connections.
  @Override
  public void close() {
    server.stop();
    slowClients.close();
  }

  private record Calls(RootHandler root, SlowClients slowClients) implements Handler {
    @Override
    public void handle(ServerRequest request, ServerResponse response) {
      var call = new HelidonCall(request, response, slowClients);
      root.handle(call);
      // Helidon keeps the connection open even after `Connection: close`
      // (helidon-io/helidon#12324).
      if (!call.leavesConnectionUsable()) {
        throw new CloseConnectionException("the connection cannot be used for another request");
      }
    }
  }
}
