package dev.backlane.gateway.proxy;

import dev.backlane.gateway.forwarding.Forwarding;
import dev.backlane.gateway.forwarding.TrustedProxies;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.gateway.upstream.ScriptedServer.Wire;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A listener with the proxy on all paths.
final class ProxyGateway implements AutoCloseable {
  private static final ListenerSettings SETTINGS =
      new ListenerSettings(
          "127.0.0.1",
          0,
          Duration.ofSeconds(60),
          Duration.ofSeconds(20),
          0,
          16 * 1024,
          1_000,
          Optional.empty());

  private final UpstreamClient client;
  private final JettyListener listener = JettyListener.open(SETTINGS);
  private final List<Socket> sockets = new ArrayList<>();

  ProxyGateway(URI upstream) {
    this(upstream, Duration.ofMillis(500));
  }

  ProxyGateway(URI upstream, Duration silenceMax) {
    client = new UpstreamClient(upstream, Duration.ofSeconds(5), 4);
    listener.serve(
        new ProxyHandler(
            client,
            silenceMax,
            new Forwarding(TrustedProxies.NONE),
            UpstreamLocations.unchanged()));
  }

  Wire connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
    // A body that follows its head at once must not wait for the head's acknowledgement.
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return new Wire(socket);
  }

  @Override
  public void close() throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
    listener.close();
    client.close();
  }
}
