package dev.backlane.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;

/// The body of a response while it is received. Closing it does nothing: the exchange decides
/// whether the connection is reused.
final class ResponseBody extends InputStream {
  private final Exchange exchange;
  private final InputStream decoded;
  private final Duration upstreamKeeps;
  private boolean ended;

  /// @param decoded ends where the body ends, and fails if the connection ends first
  /// @param ended true if there is no body
  /// @param upstreamKeeps how long the upstream keeps the connection afterwards; zero if it does
  ///     not
  ResponseBody(Exchange exchange, InputStream decoded, boolean ended, Duration upstreamKeeps) {
    this.exchange = exchange;
    this.decoded = decoded;
    this.ended = ended;
    this.upstreamKeeps = upstreamKeeps;
  }

  /// Whether the connection can be used for another request.
  boolean reusable() {
    return ended && upstreamKeeps.isPositive();
  }

  Duration upstreamKeeps() {
    return upstreamKeeps;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (ended) {
      return -1;
    }
    while (true) {
      try {
        int read = decoded.read(bytes, offset, length);
        ended = read < 0;
        return read;
      } catch (SocketTimeoutException silent) {
        if (!exchange.silenceLeft().isPositive()) {
          throw silent;
        }
      } catch (IOException failed) {
        throw exchange.because(failed);
      }
    }
  }

  @Override
  public int available() throws IOException {
    return ended ? 0 : decoded.available();
  }
}
