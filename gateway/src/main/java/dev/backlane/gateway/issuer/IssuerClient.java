package dev.backlane.gateway.issuer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.upstream.OutgoingBody;
import dev.backlane.gateway.upstream.OutgoingRequest;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import dev.backlane.gateway.upstream.UpstreamClient;
import dev.backlane.gateway.upstream.UpstreamResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/// Sends the gateway's own requests to an issuer of tokens, and fetches its keys. The default
/// client of the SDK, `HttpURLConnection`, logs all header fields at its finest level, including
/// the client's secret, tries only one address of a host, and limits each read instead of the
/// whole. This one logs nothing, tries every address ([dev.backlane.gateway.connect.ConnectRace]),
/// follows no redirect, and bounds the time and the size of a response. Thread-safe.
public final class IssuerClient implements HTTPRequestSender, ResourceRetriever {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(10);

  /// For a fetch of keys as a whole. A failed one is repeated once, while callers wait.
  private static final Duration KEYS_TIMEOUT = Duration.ofSeconds(5);

  private static final int BODY_BYTES_MAX = 1024 * 1024;
  private static final int SERVERS_MAX = 16;
  private static final Header USER_AGENT = new Header("User-Agent", "Backlane");
  private static final Header JSON =
      new Header("Accept", "application/jwk-set+json, application/json;q=0.9, */*;q=0.1");

  private final Supplier<SSLContext> tls;
  private final HostAddresses hosts;
  private final Duration timeout;
  private final Duration keysTimeout;

  /// One client for each server, by scheme and authority.
  private final Map<String, UpstreamClient> servers = new ConcurrentHashMap<>();

  /// Trusts the authorities of the platform.
  public IssuerClient() {
    this(UpstreamClient::defaultTls);
  }

  /// @param tls keys and trusted authorities; called for each connection
  public IssuerClient(Supplier<SSLContext> tls) {
    this(tls, new HostAddresses(), RESPONSE_TIMEOUT, KEYS_TIMEOUT);
  }

  /// @param timeout of a request as a whole
  /// @param keysTimeout of a fetch of keys as a whole
  IssuerClient(
      Supplier<SSLContext> tls, HostAddresses hosts, Duration timeout, Duration keysTimeout) {
    this.tls = tls;
    this.hosts = hosts;
    this.timeout = timeout;
    this.keysTimeout = keysTimeout;
  }

  /// @throws IOException if no complete response arrives within 10 s
  @Override
  public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest asked) throws IOException {
    List<Header> headers = new ArrayList<>();
    headers.add(USER_AGENT);
    asked
        .getHeaderMap()
        .forEach((name, values) -> values.forEach(value -> headers.add(new Header(name, value))));
    var response =
        exchange(
            asked.getURI(),
            asked.getMethod().name(),
            headers,
            asked.getBody() == null ? OutgoingBody.NONE : body(asked.getBody()),
            timeout);
    return response.forSdk();
  }

  /// Sends a form, such as a token to introspect.
  ///
  /// @param authorization the value of the header
  /// @return the body of a response with 200
  /// @throws IOException with what is wrong if none arrives within 10 s
  public byte[] post(URI url, String authorization, String form) throws IOException {
    var headers =
        List.of(
            USER_AGENT,
            new Header("Accept", "application/json"),
            new Header("Content-Type", "application/x-www-form-urlencoded"),
            new Header("Authorization", authorization));
    return requireSuccess(url, exchange(url, "POST", headers, body(form), timeout)).body();
  }

  /// Fetches a document, such as the keys of the issuer.
  ///
  /// @throws IOException with what is wrong if no complete response with 200 arrives within 5 s
  public byte[] get(URI url) throws IOException {
    return fetch(url).body();
  }

  /// As [#get], for the SDK.
  @Override
  public Resource retrieveResource(URL url) throws IOException {
    var response = fetch(URI.create(url.toString()));
    return new Resource(new String(response.body(), UTF_8), response.contentType());
  }

  private Received fetch(URI url) throws IOException {
    var headers = List.of(USER_AGENT, JSON);
    return requireSuccess(url, exchange(url, "GET", headers, OutgoingBody.NONE, keysTimeout));
  }

  private static Received requireSuccess(URI url, Received response) throws IOException {
    int status = response.statusCode();
    if (status / 100 == 3) {
      throw new IOException(
          url + " responded " + status + ": redirects are not followed; configure the final URL");
    }
    if (status != 200) {
      throw new IOException(url + " responded " + status);
    }
    return response;
  }

  private static OutgoingBody body(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new OutgoingBody.Sized(bytes.length, () -> new ByteArrayInputStream(bytes));
  }

  private Received exchange(
      URI uri, String method, List<Header> headers, OutgoingBody body, Duration total)
      throws IOException {
    try (var exchange = server(uri).exchange()) {
      exchange.limit(total, uri + " did not respond completely within " + seconds(total));
      try {
        // Repeatable: a request to an issuer changes nothing that a second one would harm.
        var request = new OutgoingRequest(method, target(uri), headers, body, Repeat.BY_CLIENT);
        return received(exchange.send(request, Duration.ZERO));
      } catch (IOException failed) {
        var cause = exchange.abortCause();
        throw new IOException(
            cause == null ? uri + " cannot be read: " + reason(failed) : cause, failed);
      }
    }
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() / 1000.0 + " s";
  }

  private static String reason(IOException failed) {
    var message = String.valueOf(failed.getMessage()).replace("the upstream", "the server");
    for (Throwable each = failed; each != null; each = each.getCause()) {
      if (each instanceof SSLException) {
        return message
            + " (auth.tls-ca sets the authorities that issuers' certificates must chain to)";
      }
    }
    return message;
  }

  private UpstreamClient server(URI uri) throws IOException {
    var server = uri.getScheme() + "://" + uri.getRawAuthority();
    if (servers.size() >= SERVERS_MAX && !servers.containsKey(server)) {
      throw new IOException("the issuer refers to more than " + SERVERS_MAX + " servers");
    }
    try {
      return servers.computeIfAbsent(
          server, base -> new UpstreamClient(URI.create(base), CONNECT_TIMEOUT, 1, tls, hosts));
    } catch (IllegalArgumentException malformed) {
      throw new IOException(malformed.getMessage(), malformed);
    }
  }

  private static String target(URI uri) {
    var path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  private static Received received(UpstreamResponse response) throws IOException {
    byte[] body = response.body().readNBytes(BODY_BYTES_MAX + 1);
    if (body.length > BODY_BYTES_MAX) {
      throw new IOException("the response is larger than " + BODY_BYTES_MAX + " bytes");
    }
    var type =
        response.headers().stream()
            .filter(header -> header.is("Content-Type"))
            .map(Header::value)
            .findFirst()
            .orElse("");
    return new Received(response.statusCode(), type, body);
  }

  /// A complete response.
  ///
  /// @param contentType empty if it has none
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Received(int statusCode, String contentType, byte[] body) {
    HTTPResponse forSdk() throws IOException {
      var response = new HTTPResponse(statusCode);
      try {
        if (!contentType.isEmpty()) {
          response.setContentType(contentType);
        }
      } catch (ParseException malformed) {
        throw new IOException("the issuer's response has a malformed media type", malformed);
      }
      response.setBody(new String(body, UTF_8));
      return response;
    }
  }
}
