package dev.backlane.gateway.proxy;

import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ClientPace.Direction;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The content of a client's request; measures how fast the client sends it.
final class PacedBody extends FilterInputStream {
  private final ClientPace pace;

  PacedBody(InputStream body, ClientPace pace) {
    super(body);
    this.pace = pace;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
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
