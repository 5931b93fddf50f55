package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// With a real connection that has no timeout, so that a read that waits would never end.
@Timeout(60)
final class CheckedInputTest {
  private final ServerSocketChannel server = ServerSocketChannel.open();
  private final SocketChannel receiver;
  private final SocketChannel own;
  private final CheckedInput input;

  CheckedInputTest() throws IOException {
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    receiver = SocketChannel.open(server.getLocalAddress());
    own = server.accept();
    input = new CheckedInput(own.socket().getInputStream(), own);
  }

  @AfterEach
  void close() throws IOException {
    own.close();
    receiver.close();
    server.close();
  }

  private void send(int value) throws IOException {
    receiver.write(ByteBuffer.wrap(new byte[] {(byte) value}));
  }

  private int check(byte[] into) throws IOException {
    input.beginCheck();
    try {
      return input.read(into, 0, into.length);
    } finally {
      input.endCheck();
    }
  }

  // What was sent a moment ago may not have arrived.
  private int checkUntilSomethingArrives(byte[] into) throws IOException {
    while (true) {
      try {
        return check(into);
      } catch (SocketTimeoutException nothing) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void doesNotWaitDuringACheck() throws IOException {
    byte[] bytes = new byte[8];
    assertThatThrownBy(() -> check(bytes)).isInstanceOf(SocketTimeoutException.class);
    send(7);
    assertThat(input.read(bytes, 0, bytes.length)).as("after the check").isEqualTo(1);
    assertThat(bytes[0]).isEqualTo((byte) 7);
  }

  @Test
  void readsOnceInACheckThatFoundNothing() throws IOException {
    input.beginCheck();
    byte[] bytes = new byte[8];
    assertThatThrownBy(() -> input.read(bytes, 0, 8)).isInstanceOf(SocketTimeoutException.class);
    own.close();
    assertThatThrownBy(() -> input.read(bytes, 0, 8)).isInstanceOf(SocketTimeoutException.class);
    input.endCheck();
  }

  @Test
  void readsWhatHasArrived() throws IOException {
    send(9);
    byte[] bytes = new byte[8];
    assertThat(checkUntilSomethingArrives(bytes)).isEqualTo(1);
    assertThat(bytes[0]).isEqualTo((byte) 9);
  }

  @Test
  void seesTheEnd() throws IOException {
    receiver.close();
    assertThat(checkUntilSomethingArrives(new byte[8])).isEqualTo(-1);
  }

  @Test
  void waitsWithTlsOnceInACheck() throws IOException {
    var reads = new int[1];
    var encrypted =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("arrays are read");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            reads[0]++;
            throw new SocketTimeoutException("nothing");
          }
        };
    try (var checked = new CheckedInput(encrypted, null)) {
      checked.beginCheck();
      for (int each = 0; each < 2; each++) {
        assertThatThrownBy(() -> checked.read(new byte[8], 0, 8))
            .isInstanceOf(SocketTimeoutException.class);
      }
      checked.endCheck();
    }
    assertThat(reads[0]).isEqualTo(1);
  }
}
