package dev.backlane.gateway.proxy;

import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ClientPace.Direction;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The content of a client's request; measures how fast the client sends it.
final class PacedBody extends FilterInputStream {
  private static final int NONE = -1;

  private final ClientPace pace;

  /// A byte that was read before the others.
  private int first = NONE;

  PacedBody(InputStream body, ClientPace pace) {
    super(body);
    this.pace = pace;
  }

  /// Waits for the first byte.
  void begin() throws IOException {
    int read = super.in.read();
    first = read < 0 ? NONE : read;
  }

  @Override
  public int available() throws IOException {
    return (first == NONE ? 0 : 1) + super.available();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (first != NONE && length > 0) {
      bytes[offset] = (byte) first;
      first = NONE;
      int more = Math.min(length - 1, available());
      return 1 + Math.max(0, super.read(bytes, offset + 1, more));
    }
    int read = 0;
    pace.waits(Direction.REQUEST);
    try {
      read = super.read(bytes, offset, length);
      return read;
    } finally {
      pace.moved(Direction.REQUEST, read);
    }
  }
}
