package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.upstream.wire.Framing;
import dev.backlane.gateway.upstream.wire.ResponseInput;
import dev.backlane.gateway.upstream.wire.ResponseLines;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.jspecify.annotations.Nullable;

/// Reads the response to one request from a connection: head, and the framing of the body (RFC 9112
/// section 6.3).
final class ResponseReader {
  private static final int FIELDS_MAX = 1_000;

  private static final Http1Config LIMITS =
      Http1Config.custom()
          .setMaxLineLength(ResponseInput.HEAD_BYTES_MAX)
          .setMaxHeaderCount(FIELDS_MAX)
          .build();

  private static final String CLOSED = "the upstream closed the connection without a response";
  private static final String TIMEOUT = "timeout=";
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int FINAL_MIN = 200;
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
    if (head.getCode() < FINAL_MIN) {
      return false;
    }
    early = head;
    return true;
  }

  /// Reads the final response. Interim ones are not counted, since an upstream may send them for as
  /// long as it works; the time limits of the exchange bound them.
  UpstreamResponse read(String method) throws IOException {
    var head = early;
    while (head == null || head.getCode() < FINAL_MIN) {
      if (head != null && head.getCode() == SWITCHING_PROTOCOLS) {
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
    var input = connection.buffer();
    input.beginHead();
    try {
      var head =
          new DefaultHttpResponseParser(LIMITS, new ResponseLines(this::statusReceived), null)
              .parse(input, connection.in());
      input.endHead();
      return head;
    } catch (MessageConstraintException tooMany) {
      throw new ProtocolException(
          "the head of the upstream's response has more than " + FIELDS_MAX + " fields");
    } catch (HttpException malformed) {
      throw new IOException(
          "the upstream's response is not HTTP: " + malformed.getMessage(), malformed);
    }
  }

  private void statusReceived(int code) {
    if (code >= FINAL_MIN) {
      exchange.statusReceived(code);
    }
  }

  private UpstreamResponse response(ClassicHttpResponse head, String method) throws IOException {
    var fields = head.getHeaders();
    List<Header> headers = new ArrayList<>(fields.length);
    for (var field : fields) {
      if (!ResponseLines.dropped(field)) {
        headers.add(new Header(field.getName(), field.getValue() == null ? "" : field.getValue()));
      }
    }
    var framing = Framing.of(headers);
    boolean hasBody =
        !method.equals("HEAD") && head.getCode() != NO_CONTENT && head.getCode() != NOT_MODIFIED;
    InputStream decoded = hasBody ? decoded(framing) : InputStream.nullInputStream();
    boolean endKnown =
        hasBody ? framing.chunked() || framing.length() >= 0 : hasNone(head, framing, method);
    // Chunks are not part of HTTP/1.0 (RFC 9112 section 6.1).
    boolean odd = framing.chunked() && HttpVersion.HTTP_1_0.equals(head.getVersion());
    var keeps =
        endKnown && framing.certain() && !odd ? keeps(head.getVersion(), headers) : Duration.ZERO;
    boolean ended = !hasBody || framing.length() == 0;
    var length = framing.length() >= 0 ? OptionalLong.of(framing.length()) : OptionalLong.empty();
    String reason = head.getReasonPhrase() == null ? "" : head.getReasonPhrase();
    return new UpstreamResponse(
        head.getCode(),
        reason,
        framing.repaired(headers),
        hasBody,
        length,
        new ResponseBody(exchange, decoded, ended, keeps));
  }

  /// Whether no content follows for certain: a 204 that announces some may be followed by it.
  private static boolean hasNone(ClassicHttpResponse head, Framing framing, String method) {
    boolean announced = framing.chunked() || framing.length() > 0;
    return !announced || method.equals("HEAD") || head.getCode() == NOT_MODIFIED;
  }

  /// A malformed trailer does not cost a complete body; trailers are dropped in any case.
  private static final class Chunks extends ChunkedInputStream {
    Chunks(Connection connection) {
      super(connection.buffer(), connection.in(), LIMITS);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return super.read(into, offset, length);
      } catch (MalformedChunkCodingException malformed) {
        // The parser reads all lines before it parses them.
        if (malformed.getCause() instanceof HttpException) {
          return -1;
        }
        throw malformed;
      }
    }
  }

  private InputStream decoded(Framing framing) {
    if (framing.chunked()) {
      return new Chunks(connection);
    }
    return framing.length() >= 0
        ? new ContentLengthInputStream(connection.buffer(), connection.in(), framing.length())
        : new IdentityInputStream(connection.buffer(), connection.in());
  }

  private static Duration keeps(@Nullable ProtocolVersion version, List<Header> headers) {
    boolean persistent = version == null || version.greaterEquals(HttpVersion.HTTP_1_1);
    boolean closes = false;
    var keeps = KEEPS_DEFAULT;
    for (Header header : headers) {
      if (header.is("Connection")) {
        for (String option : header.value().split(",", -1)) {
          closes |= option.strip().equalsIgnoreCase("close");
          persistent |= option.strip().equalsIgnoreCase("keep-alive");
        }
      } else if (header.is("Keep-Alive")) {
        keeps = timeout(header.value());
      }
    }
    return persistent && !closes ? keeps : Duration.ZERO;
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
