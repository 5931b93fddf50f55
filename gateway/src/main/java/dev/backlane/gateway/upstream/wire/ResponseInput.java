package dev.backlane.gateway.upstream.wire;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.impl.BasicHttpTransportMetrics;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.apache.hc.core5.util.CharArrayBuffer;

/// The bytes that one connection received from the upstream. Bounds the lines between two pieces of
/// content: a head, a trailer section, or the size of a chunk with its extensions. For one thread.
public final class ResponseInput extends SessionInputBufferImpl {
  /// Bytes of a head, 256 KiB: status line and fields together, with their line breaks.
  public static final int HEAD_BYTES_MAX = 256 * 1024;

  private static final int BUFFER_BYTES = 8 * 1024;
  private static final int LINE_BREAK_BYTES = 2;

  private int lineBytes;
  private boolean inHead;

  /// An input that has received nothing.
  public ResponseInput() {
    super(new BasicHttpTransportMetrics(), BUFFER_BYTES, -1, HEAD_BYTES_MAX, null);
  }

  /// A head follows.
  public void beginHead() {
    lineBytes = 0;
    inHead = true;
  }

  /// The head was read to its empty line.
  public void endHead() {
    lineBytes = 0;
    inHead = false;
  }

  /// @throws ProtocolException if the lines exceed the bound, or the stream ends within a head
  @Override
  public int readLine(CharArrayBuffer line, InputStream in) throws IOException {
    int read;
    try {
      read = super.readLine(line, in);
    } catch (MessageConstraintException longLine) {
      throw tooLong();
    }
    if (read < 0 && inHead) {
      throw new ProtocolException(
          "the upstream closed the connection within the head of its response");
    }
    lineBytes += Math.max(0, read) + LINE_BREAK_BYTES;
    if (lineBytes > HEAD_BYTES_MAX) {
      throw tooLong();
    }
    return read;
  }

  private ProtocolException tooLong() {
    var part = inHead ? "head" : "trailer section";
    return new ProtocolException(
        "the " + part + " of the upstream's response is longer than " + HEAD_BYTES_MAX + " bytes");
  }

  @Override
  public int read(InputStream in) throws IOException {
    lineBytes = 0;
    return super.read(in);
  }

  @Override
  public int read(byte[] into, int offset, int length, InputStream in) throws IOException {
    lineBytes = 0;
    return super.read(into, offset, length, in);
  }
}
