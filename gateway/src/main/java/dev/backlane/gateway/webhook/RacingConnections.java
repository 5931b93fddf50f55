package dev.backlane.gateway.webhook;

import dev.backlane.gateway.connect.ConnectRace;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
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
  private final DnsResolver resolver;
  private final Supplier<SSLContext> tls;

  /// @param resolver returns the addresses that may be called, for each connection
  /// @param tls called for each connection
  RacingConnections(DnsResolver resolver, Supplier<SSLContext> tls) {
    this.resolver = resolver;
    this.tls = tls;
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
    var addresses = List.of(resolver.resolve(endpoint.getHostName()));
    boolean secure = URIScheme.HTTPS.same(endpoint.getSchemeName());
    var race =
        new ConnectRace<>(channel -> {
          var plain = channel.socket();
          return new Opened(
              plain,
              secure
                  ? new DefaultClientTlsStrategy(tls.get())
                      .upgrade(plain, host.getHostName(), port, attachment, context)
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
