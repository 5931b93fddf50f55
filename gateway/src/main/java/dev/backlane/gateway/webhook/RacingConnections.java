package dev.backlane.gateway.webhook;

import dev.backlane.gateway.connect.ConnectRace;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// Opens the connections of the HTTP client to receivers: all addresses of a host take part in one
/// [ConnectRace], including their TLS handshakes. The client's own operator tries one address after
/// the other, each with the whole timeout, and no other after a failed handshake. Thread-safe.
final class RacingConnections implements HttpClientConnectionOperator {
  /// The attribute of a request's context with the addresses that may be called.
  private static final String ADDRESSES = RacingConnections.class.getName() + ".addresses";

  private final TlsSocketStrategy tls;

  /// @param tls makes the handshake of each connection
  RacingConnections(TlsSocketStrategy tls) {
    this.tls = tls;
  }

  /// The context of a request.
  ///
  /// @param addresses that may be called; no other one is connected to
  static HttpContext context(List<InetAddress> addresses) {
    var context = HttpClientContext.create();
    context.setAttribute(ADDRESSES, addresses.toArray(InetAddress[]::new));
    return context;
  }

  private static List<InetAddress> addresses(HttpContext context, HttpHost endpoint)
      throws UnknownHostException {
    if (context.getAttribute(ADDRESSES) instanceof InetAddress[] allowed && allowed.length > 0) {
      return List.of(allowed);
    }
    throw new UnknownHostException("the host " + endpoint.getHostName() + " does not resolve");
  }

  private record Opened(Socket plain, @Nullable SSLSocket secured) {}

  @Override
  public void connect(
      ManagedHttpClientConnection connection,
      HttpHost endpoint,
      @Nullable NamedEndpoint name,
      @Nullable InetSocketAddress localAddress,
      Timeout timeout,
      SocketConfig config,
      @Nullable Object attachment,
      HttpContext context)
      throws IOException {
    long deadlineNanos = System.nanoTime() + timeout.toNanoseconds();
    var host = name == null ? endpoint : name;
    int port = DefaultSchemePortResolver.INSTANCE.resolve(endpoint.getSchemeName(), endpoint);
    var addresses = addresses(context, endpoint);
    boolean secure = URIScheme.HTTPS.same(endpoint.getSchemeName());
    var race =
        new ConnectRace<>(channel -> {
          var plain = channel.socket();
          return new Opened(
              plain,
              secure
                  ? tls.upgrade(plain, certified(host.getHostName()), port, attachment, context)
                  : null);
        });
    var opened = connected(race, addresses, endpoint, port, deadlineNanos);
    opened.plain().setSoTimeout(config.getSoTimeout().toMillisecondsIntBound());
    if (opened.secured() == null) {
      connection.bind(opened.plain());
    } else {
      connection.bind(opened.secured(), opened.plain());
    }
  }

  // Certificates have names without the dot of the root (RFC 6066 section 3).
  private static String certified(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static Opened connected(
      ConnectRace<Opened> race,
      List<InetAddress> addresses,
      HttpHost endpoint,
      int port,
      long deadlineNanos)
      throws IOException {
    try {
      return race.connect(addresses, port, deadlineNanos);
    } catch (ConnectException | SocketTimeoutException refused) {
      var named =
          new ConnectException("connecting to " + endpoint + " failed: " + refused.getMessage());
      named.initCause(refused);
      throw named;
    }
  }

  @Override
  public void connect(
      ManagedHttpClientConnection connection,
      HttpHost endpoint,
      @Nullable InetSocketAddress localAddress,
      TimeValue timeout,
      SocketConfig config,
      HttpContext context)
      throws IOException {
    connect(
        connection,
        endpoint,
        null,
        localAddress,
        Timeout.of(timeout.toDuration()),
        config,
        null,
        context);
  }

  /// Only proxies need it, and none is configured.
  @Override
  public void upgrade(
      ManagedHttpClientConnection connection, HttpHost endpoint, HttpContext context) {
    throw new UnsupportedOperationException("no proxy is used");
  }
}
