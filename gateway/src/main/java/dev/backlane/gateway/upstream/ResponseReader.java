package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.message.BasicLineParser;
import org.apache.hc.core5.http.message.LineParser;
import org.apache.hc.core5.util.CharArrayBuffer;
import org.jspecify.annotations.Nullable;

/// Reads the response to one request from a connection: head, and the framing of the body (RFC 9112
/// section 6.3).
final class ResponseReader {
  private static final Http1Config LIMITS =
      Http1Config.custom().setMaxLineLength(64 * 1024).setMaxHeaderCount(1_000).build();

  /// Removes white space between a field's name and its colon, as a proxy must (RFC 9112 section
  /// 5.1): rejecting the response would cost a call that has acted its outcome.
  private static final LineParser FIELD_LINES =
      new BasicLineParser() {
        @Override
        public org.apache.hc.core5.http.Header parseHeader(CharArrayBuffer line)
            throws ParseException {
          int colon = line.indexOf(':');
          int end = colon;
          while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
          }
          if (end <= 0 || end == colon) {
            return super.parseHeader(line);
          }
          var repaired = new CharArrayBuffer(line.length());
          repaired.append(line, 0, end);
          repaired.append(line, colon, line.length() - colon);
          return super.parseHeader(repaired);
        }
      };

  /// Interim responses that are skipped before the upstream counts as faulty.
  private static final int INTERIM_MAX = 100;

  private static final String CLOSED = "the upstream closed the connection without a response";
  private static final String TIMEOUT = "timeout=";
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  /// Used if the upstream does not say how long it keeps a connection; the client has its own,
  /// shorter bound.
  private static final Duration KEEPS_DEFAULT = Duration.ofDays(1);

  private final Connection connection;
  private final Exchange exchange;
  private @Nullable ClassicHttpResponse early;
  private boolean begun;

  ResponseReader(Connection connection, Exchange exchange) {
    this.connection = connection;
    this.exchange = exchange;
  }

  /// Waits for the response to `Expect: 100-continue`, at most for the connection's read time-out.
  ///
  /// @return true if the final response has arrived already, so that the body is not needed
  boolean refusesBody() throws IOException {
    try {
      if (connection.buffer().fillBuffer(connection.in()) < 0) {
        throw new IOException(CLOSED);
      }
      begun = true;
    } catch (SocketTimeoutException noResponse) {
      return false;
    }
    var head = head();
    if (head.getCode() < 200) {
      return false;
    }
    early = head;
    return true;
  }

  /// Reads the final response.
  UpstreamResponse read(String method) throws IOException {
    var head = early;
    for (int interim = 0; head == null || head.getCode() < 200; interim++) {
      if (interim > INTERIM_MAX || head != null && head.getCode() == SWITCHING_PROTOCOLS) {
        throw new ProtocolException("the upstream sent " + head + " instead of a response");
      }
      connection.silenceMax(exchange.silenceMax());
      awaitByte();
      head = head();
    }
    return response(head, method);
  }

  private void awaitByte() throws IOException {
    while (!connection.buffer().hasBufferedData()) {
      try {
        if (connection.buffer().fillBuffer(connection.in()) < 0) {
          throw new IOException(CLOSED);
        }
        begun = true;
      } catch (SocketTimeoutException silent) {
        var left = exchange.silenceLeft();
        if (!left.isPositive()) {
          throw silent;
        }
        connection.silenceMax(left);
      }
    }
  }

  /// Whether a byte of a response has arrived.
  boolean begun() {
    return begun;
  }

  private ClassicHttpResponse head() throws IOException {
    try {
      return new DefaultHttpResponseParser(LIMITS, FIELD_LINES, null)
          .parse(connection.buffer(), connection.in());
    } catch (HttpException malformed) {
      throw new IOException(
          "the upstream's response is not HTTP: " + malformed.getMessage(), malformed);
    }
  }

  private UpstreamResponse response(ClassicHttpResponse head, String method) throws IOException {
    var fields = head.getHeaders();
    List<Header> headers = new ArrayList<>(fields.length);
    for (var field : fields) {
      headers.add(new Header(field.getName(), field.getValue() == null ? "" : field.getValue()));
    }
    var framing = Framing.of(headers);
    boolean hasBody =
        !method.equals("HEAD") && head.getCode() != NO_CONTENT && head.getCode() != NOT_MODIFIED;
    InputStream decoded = hasBody ? decoded(framing) : InputStream.nullInputStream();
    boolean delimited = !hasBody || framing.chunked() || framing.length() >= 0;
    var keeps = delimited ? keeps(head.getVersion(), headers) : Duration.ZERO;
    boolean ended = !hasBody || framing.length() == 0;
    var length = framing.length() >= 0 ? OptionalLong.of(framing.length()) : OptionalLong.empty();
    String reason = head.getReasonPhrase() == null ? "" : head.getReasonPhrase();
    return new UpstreamResponse(
        head.getCode(),
        reason,
        headers,
        hasBody,
        length,
        new ResponseBody(exchange, decoded, ended, keeps));
  }

  private InputStream decoded(Framing framing) {
    if (framing.chunked()) {
      return new ChunkedInputStream(connection.buffer(), connection.in(), LIMITS);
    }
    return framing.length() >= 0
        ? new ContentLengthInputStream(connection.buffer(), connection.in(), framing.length())
        : new IdentityInputStream(connection.buffer(), connection.in());
  }

  private static Duration keeps(@Nullable ProtocolVersion version, List<Header> headers) {
    boolean persistent = version == null || version.greaterEquals(HttpVersion.HTTP_1_1);
    var keeps = KEEPS_DEFAULT;
    for (Header header : headers) {
      if (header.is("Connection")) {
        var options = header.value().toLowerCase(Locale.ROOT);
        persistent = options.contains("keep-alive") || persistent && !options.contains("close");
      } else if (header.is("Keep-Alive")) {
        keeps = timeout(header.value());
      }
    }
    return persistent ? keeps : Duration.ZERO;
  }

  /// Reads `timeout=5, max=100`, less one second for the transfer.
  private static Duration timeout(String keepAlive) {
    for (String parameter : keepAlive.split(",", -1)) {
      var pair = parameter.strip();
      if (pair.regionMatches(true, 0, TIMEOUT, 0, TIMEOUT.length())) {
        long seconds = Framing.digits(pair.substring(TIMEOUT.length()));
        return seconds < 0
            ? KEEPS_DEFAULT
            : Duration.ofSeconds(Math.clamp(seconds - 1, 0, KEEPS_DEFAULT.toSeconds()));
      }
    }
    return KEEPS_DEFAULT;
  }
}
