package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.io.HttpConnectionFactory;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.BasicLineParser;
import org.apache.hc.core5.util.CharArrayBuffer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to a receiver. The status of a response decides, whatever its other header fields
/// say: malformed ones are dropped, and a body whose end cannot be determined is not read. A
/// connection with bytes that no request has asked for is not used again: they would be read as the
/// response to the next notification. As thread-safe as the class that it extends.
final class ReceiverConnection extends DefaultManagedHttpClientConnection {
  private static final Logger LOG = LoggerFactory.getLogger(ReceiverConnection.class);
  private static final AtomicLong COUNT = new AtomicLong();

  private static final int LINE_CHARS_MAX = 16 * 1024;
  private static final int FIELDS_MAX = 256;
  private static final Http1Config CONFIG =
      Http1Config.custom().setMaxLineLength(LINE_CHARS_MAX).setMaxHeaderCount(FIELDS_MAX).build();

  /// The bytes have arrived already, or it is as if they had not.
  private static final Timeout UNREQUESTED_WAIT = Timeout.ofMilliseconds(1);

  /// Replaces a malformed field.
  private static final Header MALFORMED = new BasicHeader("Malformed-Field", "");

  static final HttpConnectionFactory<ManagedHttpClientConnection> FACTORY =
      _ -> new ReceiverConnection();

  private volatile boolean unusable;
  private @Nullable CheckedInput input;
  private int responses;

  private ReceiverConnection() {
    super(
        "receiver-" + COUNT.incrementAndGet(),
        // Each byte of a field is one char: bytes outside ASCII leave as they came.
        ISO_8859_1.newDecoder(),
        ISO_8859_1.newEncoder(),
        CONFIG,
        null,
        null,
        null,
        new DefaultHttpResponseParserFactory(new LenientFields(), null));
  }

  private static final class LenientFields extends BasicLineParser {
    @Override
    public Header parseHeader(CharArrayBuffer line) {
      try {
        return super.parseHeader(line);
      } catch (ParseException malformed) {
        return MALFORMED;
      }
    }
  }

  // The library throws unchecked exceptions at some values, such as a status of 0.
  @Override
  public ClassicHttpResponse receiveResponseHeader() throws HttpException, IOException {
    try {
      var response = super.receiveResponseHeader();
      responses += response.getCode() >= HttpStatus.SC_OK ? 1 : 0;
      return response;
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("Malformed response: " + malformed.getMessage(), malformed);
    }
  }

  @Override
  public void receiveResponseEntity(ClassicHttpResponse response)
      throws HttpException, IOException {
    try {
      super.receiveResponseEntity(response);
    } catch (HttpException | IllegalArgumentException malformed) {
      LOG.debug("the body of a response is not read: {}", malformed.toString());
      unusable = true;
    }
  }

  @Override
  public void bind(Socket socket) throws IOException {
    bind(new CheckedHolder(socket));
  }

  @Override
  public void bind(SSLSocket secured, Socket plain) throws IOException {
    bind(new CheckedHolder(secured, plain));
  }

  private final class CheckedHolder extends SocketHolder {
    CheckedHolder(Socket plain) {
      super(plain);
    }

    CheckedHolder(SSLSocket secured, Socket plain) {
      super(secured, plain);
    }

    @Override
    protected InputStream getInputStream(Socket socket) throws IOException {
      var checked =
          new CheckedInput(
              super.getInputStream(socket),
              getBaseSocket().getChannel(),
              socket instanceof SSLSocket);
      input = checked;
      return checked;
    }
  }

  /// Whether the connection must not be used again. A receiver may close it after each response
  /// without announcing it, so that the end arrives a moment after the response: the check before
  /// the second request waits for it, those of later ones do not.
  @Override
  public boolean isStale() throws IOException {
    var checked = input;
    if (unusable || checked == null) {
      return true;
    }
    if (responses > 1) {
      checked.beginCheck();
    }
    try {
      return super.isStale() || isDataAvailable(UNREQUESTED_WAIT);
    } finally {
      checked.endCheck();
    }
  }
}
