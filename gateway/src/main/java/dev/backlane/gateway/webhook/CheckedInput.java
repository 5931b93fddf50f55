package dev.backlane.gateway.webhook;

import dev.backlane.gateway.connect.ArrivedBytes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// The input of a connection, which the HTTP client checks before it uses the connection again. The
/// client does so by reads with a timeout, the shortest of which is 1 ms, twice: longer than many
/// receivers need for their response. During a check that is begun here, this input reads what has
/// arrived, without waiting. Not thread-safe: a connection is used by one thread at a time.
final class CheckedInput extends FilterInputStream {
  private final SocketChannel channel;
  private final boolean encrypted;
  private boolean checking;
  private boolean empty;

  /// @param channel of the connection
  /// @param encrypted whether `in` decrypts what the channel receives
  CheckedInput(InputStream in, SocketChannel channel, boolean encrypted) {
    super(in);
    this.channel = channel;
    this.encrypted = encrypted;
  }

  void beginCheck() {
    checking = true;
    empty = false;
  }

  void endCheck() {
    checking = false;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return checking ? readArrived(bytes, offset, length) : in.read(bytes, offset, length);
  }

  private int readArrived(byte[] bytes, int offset, int length) throws IOException {
    if (empty) {
      throw new NothingArrived();
    }
    if (encrypted && in.available() > 0) {
      return in.read(bytes, offset, length);
    }
    // With TLS, one byte is enough: whatever it begins, the connection is not used again.
    var to = encrypted ? ByteBuffer.allocate(1) : ByteBuffer.wrap(bytes, offset, length);
    int read = ArrivedBytes.read(channel, to);
    empty = read == 0;
    if (empty) {
      throw new NothingArrived();
    }
    return encrypted ? -1 : read;
  }

  /// Reported for each check of a connection that can be used, so that it has no stack trace.
  private static final class NothingArrived extends SocketTimeoutException {
    private static final long serialVersionUID = 1L;

    NothingArrived() {
      super("nothing has arrived");
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // Changes nothing.
    public Throwable fillInStackTrace() {
      return this;
    }
  }
}
