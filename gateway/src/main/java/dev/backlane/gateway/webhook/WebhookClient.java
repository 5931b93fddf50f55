package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.upstream.wire.RetryAfter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
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
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
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
              SchemePortResolver ports, DnsResolver resolver, TlsSocketStrategy upgrades) {
            return new RacingConnections(upgrades);
          }
        }.setTlsSocketStrategy((plain, host, port, attachment, context) ->
                new DefaultClientTlsStrategy(tls.get())
                    .upgrade(plain, host, port, attachment, context))
            .setConnectionFactory(ReceiverConnection.FACTORY)
            .setMaxConnTotal(connectionsMax)
            .setMaxConnPerRoute(connectionsMax)
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
            // Fields of a response that they would react to are the receiver's, and may be
            // malformed.
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setAuthenticationEnabled(false)
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .setUserAgent(userAgent)
            .build();
  }

  /// Makes one attempt. Whatever the receiver sends is a result of the attempt.
  ///
  /// @param requester whose share of the look-ups is used
  /// @param headers header fields other than those of the body, each byte of a value as one `char`
  DeliveryVerdict post(URI url, Requester requester, List<Header> headers, byte[] body) {
    return switch (addresses.decide(url, requester)) {
      case WebhookAddresses.Forbidden(var detail) -> new DeliveryVerdict.NoResponse(detail);
      case WebhookAddresses.Allowed(var allowed) -> post(url, allowed, headers, body);
    };
  }

  private DeliveryVerdict post(
      URI url, List<InetAddress> allowed, List<Header> headers, byte[] body) {
    var post = new HttpPost(url);
    headers.forEach(header -> post.addHeader(header.name(), header.value()));
    post.setEntity(new ByteArrayEntity(body, JSON));
    var deadline = deadlines.schedule(post::abort, timeout.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return exchange(post, RacingConnections.context(allowed));
    } finally {
      deadline.cancel(false);
    }
  }

  private DeliveryVerdict exchange(HttpPost post, HttpContext context) {
    try {
      var response = http.executeOpen(RoutingSupport.determineHost(post), post, context);
      try {
        var verdict = responded(response);
        return post.isAborted() ? new DeliveryVerdict.NoResponse(tooLate()) : verdict;
      } finally {
        end(post, response);
      }
    } catch (HttpException | IOException failed) {
      return new DeliveryVerdict.NoResponse(post.isAborted() ? tooLate() : why(failed));
    } catch (RuntimeException unexpected) {
      // The library throws some at responses that it does not expect, and when it is aborted.
      if (post.isAborted()) {
        return new DeliveryVerdict.NoResponse(tooLate());
      }
      LOG.warn("The response of {} could not be read: {}", post.getAuthority(), why(unexpected));
      LOG.debug("The response of {} could not be read", post.getAuthority(), unexpected);
      return new DeliveryVerdict.NoResponse("the response could not be read: " + why(unexpected));
    }
  }

  // Only the excerpt of a response is read; the connection of a longer response is closed.
  private static void end(HttpPost post, ClassicHttpResponse response) {
    try (response) {
      var entity = response.getEntity();
      if (entity != null && entity.getContent().read() >= 0) {
        post.cancel();
      }
    } catch (IOException | RuntimeException broken) {
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

  private DeliveryVerdict responded(ClassicHttpResponse response) {
    return new DeliveryVerdict.Responded(
        response.getCode(), retryAfter(response), excerpt(response));
  }

  private Optional<Duration> retryAfter(ClassicHttpResponse response) {
    return Optional.ofNullable(response.getFirstHeader("Retry-After"))
        .map(NameValuePair::getValue)
        .flatMap(value -> RetryAfter.parse(value, clock.instant()));
  }

  // The status is known, so a body that ends early changes nothing.
  private static String excerpt(ClassicHttpResponse response) {
    byte[] first = new byte[DeliveryAttempt.DETAIL_BYTES_MAX];
    int length = 0;
    try {
      var entity = response.getEntity();
      int read = entity == null ? -1 : entity.getContent().read(first);
      while (read >= 0 && length < first.length) {
        length += read;
        read = entity.getContent().read(first, length, first.length - length);
      }
    } catch (IOException | RuntimeException broken) {
      LOG.debug("the body of a receiver's response could not be read: {}", broken.toString());
    }
    return new String(first, 0, length, UTF_8).replaceAll("\\p{Cntrl}+", " ").strip();
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
}
