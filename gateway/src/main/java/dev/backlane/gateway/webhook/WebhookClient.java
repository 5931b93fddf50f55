package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.upstream.wire.RetryAfter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.CharCodingConfig;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Posts notifications to addresses that clients chose: it connects only where [WebhookAddresses]
/// allows, checked for each connection, follows no redirect, sends no cookie, and bounds every
/// attempt in time. Thread-safe.
public final class WebhookClient implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookClient.class);

  /// A pooled connection older than this is not reused, so that a changed address or permission
  /// takes effect.
  private static final Duration CONNECTION_AGE_MAX = Duration.ofMinutes(1);

  // Without a charset parameter, which JSON does not define (RFC 8259 section 11).
  private static final ContentType JSON = ContentType.create("application/json");

  // Sent with each request: some receivers close the connection after a response without
  // announcing it, and a request on such a connection fails an attempt.
  private static final Duration UNUSED_CHECKED_AFTER = Duration.ZERO;

  private final WebhookAddresses addresses;
  private final Duration timeout;
  private final InstantSource clock;
  private final CloseableHttpClient http;
  private final ScheduledThreadPoolExecutor deadlines =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("webhook-deadlines").daemon().factory());

  /// @param timeout of one attempt, from the look-up of the host to the last byte of the response
  ///     that is kept
  /// @param connectionsMax at the same time
  /// @param tls called for each connection
  /// @param userAgent names this gateway to receivers
  public WebhookClient(
      WebhookAddresses addresses,
      Duration timeout,
      int connectionsMax,
      Supplier<SSLContext> tls,
      String userAgent,
      InstantSource clock) {
    this.addresses = addresses;
    this.timeout = timeout;
    this.clock = clock;
    deadlines.setRemoveOnCancelPolicy(true);
    var connections =
        new PoolingHttpClientConnectionManagerBuilder() {
          @Override
          protected HttpClientConnectionOperator createConnectionOperator(
              SchemePortResolver ports, DnsResolver resolver, TlsSocketStrategy unused) {
            return new RacingConnections(new AllowedAddresses(), tls);
          }
        }.setMaxConnTotal(connectionsMax)
            .setMaxConnPerRoute(connectionsMax)
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .charCodingConfig(CharCodingConfig.custom().setCharset(ISO_8859_1).build())
                    .build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.of(timeout))
                    .setSocketTimeout(Timeout.of(timeout))
                    .setTimeToLive(TimeValue.of(CONNECTION_AGE_MAX))
                    .setValidateAfterInactivity(TimeValue.of(UNUSED_CHECKED_AFTER))
                    .build())
            .build();
    this.http =
        HttpClients.custom()
            .setConnectionManager(connections)
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .setUserAgent(userAgent)
            .build();
  }

  /// Makes one attempt.
  ///
  /// @param headers header fields other than those of the body, each byte of a value as one `char`
  DeliveryVerdict post(URI url, List<Header> headers, byte[] body) {
    var decision = addresses.decide(url);
    if (decision instanceof WebhookAddresses.Forbidden(var detail)) {
      return new DeliveryVerdict.NoResponse(detail);
    }
    var post = new HttpPost(url);
    headers.forEach(header -> post.addHeader(header.name(), header.value()));
    post.setEntity(new ByteArrayEntity(body, JSON));
    var deadline = deadlines.schedule(post::abort, timeout.toMillis(), TimeUnit.MILLISECONDS);
    try {
      var response = http.executeOpen(RoutingSupport.determineHost(post), post, null);
      try {
        return answered(response);
      } finally {
        end(post, response);
      }
    } catch (HttpException | IOException failed) {
      return new DeliveryVerdict.NoResponse(post.isAborted() ? tooLate() : why(failed));
    } finally {
      deadline.cancel(false);
    }
  }

  // Only the excerpt of a response is read; the connection of a longer response is closed.
  private static void end(HttpPost post, ClassicHttpResponse response) {
    try (response) {
      var entity = response.getEntity();
      if (entity != null && entity.getContent().read() >= 0) {
        post.cancel();
      }
    } catch (IOException broken) {
      LOG.debug("the rest of a receiver's response was not read: {}", broken.toString());
    }
  }

  private String tooLate() {
    return "no response within " + timeout.toMillis() + " ms";
  }

  private static String why(Exception failed) {
    var message = failed.getMessage();
    return message == null ? failed.getClass().getSimpleName() : message;
  }

  private DeliveryVerdict answered(ClassicHttpResponse response) throws HttpException, IOException {
    return new DeliveryVerdict.Responded(
        response.getCode(), retryAfter(response), excerpt(response));
  }

  private Optional<Duration> retryAfter(ClassicHttpResponse response) throws HttpException {
    var field = response.getHeader("Retry-After");
    return field == null ? Optional.empty() : RetryAfter.parse(field.getValue(), clock.instant());
  }

  private static String excerpt(ClassicHttpResponse response) throws IOException {
    var entity = response.getEntity();
    if (entity == null) {
      return "";
    }
    byte[] first = entity.getContent().readNBytes(DeliveryAttempt.DETAIL_BYTES_MAX);
    return new String(first, UTF_8).replaceAll("\\p{Cntrl}+", " ").strip();
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
    try {
      http.close();
    } catch (IOException impossible) {
      throw new IllegalStateException("the client's connections close without waiting", impossible);
    }
  }

  /// Resolves hosts to addresses that may be called, for each connection: a name may resolve to
  /// others later.
  private final class AllowedAddresses implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      var literal = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
      return switch (addresses.decide(URI.create("http://" + literal + "/"))) {
        case WebhookAddresses.Allowed(var allowed) when allowed.isEmpty() ->
            throw new UnknownHostException("the host " + host + " does not resolve");
        case WebhookAddresses.Allowed(var allowed) -> allowed.toArray(InetAddress[]::new);
        case WebhookAddresses.Forbidden(var detail) -> throw new UnknownHostException(detail);
      };
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }
}
