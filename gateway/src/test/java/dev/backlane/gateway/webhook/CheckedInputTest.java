package dev.backlane.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
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
    input = new CheckedInput(own.socket().getInputStream(), own, false);
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

  /// What a TLS layer has decrypted.
  private static final class Decrypted extends ByteArrayInputStream {
    Decrypted(int... values) {
      super(new byte[values.length]);
      for (int i = 0; i < values.length; i++) {
        buf[i] = (byte) values[i];
      }
    }
  }

  @Test
  void withTlsReadsWhatWasDecryptedBefore() throws IOException {
    try (var encrypted = new CheckedInput(new Decrypted(5), own, true)) {
      encrypted.beginCheck();
      byte[] bytes = new byte[8];
      assertThat(encrypted.read(bytes, 0, bytes.length)).isEqualTo(1);
      assertThat(bytes[0]).isEqualTo((byte) 5);
    }
  }

  @Test
  void withTlsTakesAnyArrivedByteForTheEnd() throws IOException {
    try (var encrypted = new CheckedInput(new Decrypted(), own, true)) {
      encrypted.beginCheck();
      assertThatThrownBy(() -> encrypted.read(new byte[8], 0, 8))
          .isInstanceOf(SocketTimeoutException.class);
      encrypted.endCheck();
      send(7);
      int read = 0;
      while (read == 0) {
        encrypted.beginCheck();
        try {
          read = encrypted.read(new byte[8], 0, 8);
        } catch (SocketTimeoutException nothing) {
          Thread.onSpinWait();
        }
      }
      assertThat(read).isEqualTo(-1);
    }
  }
}
