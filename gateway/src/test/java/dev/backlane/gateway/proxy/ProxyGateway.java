package dev.backlane.gateway.proxy;

import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.http.UntouchedContent;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import dev.backlane.gateway.upstream.UpstreamClient;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A web server with the proxy on all paths.
final class ProxyGateway implements AutoCloseable {
  private final UpstreamClient client;
  private final SlowClients slowClients = new SlowClients(Duration.ofSeconds(20));
  private final WebServer server;
  private final List<Socket> sockets = new ArrayList<>();

  ProxyGateway(URI upstream) {
    this(upstream, Duration.ofMillis(500));
  }

  ProxyGateway(URI upstream, Duration silenceMax) {
    client = new UpstreamClient(upstream, Duration.ofSeconds(5), 4);
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .shutdownHook(false)
            .contentEncoding(new UntouchedContent())
            .addProtocol(
                Http1Config.builder()
                    .validatePath(false)
                    .validatePrologue(false)
                    .sendKeepAliveHeader(false)
                    .build())
            .routing(HttpRouting.builder().any(new ProxyHandler(client, silenceMax, slowClients)))
            .build()
            .start();
  }

  Wire connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    // A body that follows its head at once is not to wait for the head's acknowledgement.
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return new Wire(socket);
  }

  @Override
  public void close() throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
    server.stop();
    slowClients.close();
    client.close();
  }
}
