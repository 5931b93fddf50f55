package dev.backlane.gateway.proxy;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.ClientConnection;
import dev.backlane.gateway.http.HopByHop;
import dev.backlane.gateway.upstream.UpstreamResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Passes an upstream's answer on to the client: the head as it came, each piece of the body as soon as it is there.
final class ResponseRelay {
  private static final int BUFFER_BYTES = 16 * 1024;

  /// Room for a chunk's size in hex and its line break.
  private static final int CHUNK_PREFIX_BYTES = 8;

  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final UpstreamResponse answer;
  private final ClientConnection client;

  ResponseRelay(UpstreamResponse answer, ClientConnection client) {
    this.answer = answer;
    this.client = client;
  }

  /// Sends the whole answer.
  ///
  /// @param last whether the client's connection ends with this answer
  /// @throws IOException if the upstream's connection broke; the client's must be broken then
  /// @throws RuntimeException if the client is gone
  void send(boolean last) throws IOException {
    boolean chunked = answer.hasBody() && answer.contentLength().isEmpty();
    byte[] head = head(chunked, last);
    if (!answer.hasBody() || answer.contentLength().orElse(-1) == 0) {
      client.write(head, 0, head.length);
      return;
    }
    byte[] buffer = new byte[Math.max(head.length, CHUNK_PREFIX_BYTES) + BUFFER_BYTES];
    System.arraycopy(head, 0, buffer, 0, head.length);
    if (chunked) {
      chunks(buffer, head.length);
    } else {
      bytes(buffer, head.length);
    }
  }

  private void bytes(byte[] buffer, int headBytes) throws IOException {
    int filled = headBytes;
    if (answer.body().available() == 0) {
      client.write(buffer, 0, filled);
      filled = 0;
    }
    for (int read = read(buffer, filled); read >= 0; read = read(buffer, 0)) {
      client.write(buffer, 0, filled + read);
      filled = 0;
    }
  }

  private int read(byte[] buffer, int offset) throws IOException {
    return answer.body().read(buffer, offset, buffer.length - offset);
  }

  private void chunks(byte[] buffer, int headBytes) throws IOException {
    client.write(buffer, 0, headBytes);
    int room = buffer.length - CHUNK_PREFIX_BYTES - 2;
    while (true) {
      int read = answer.body().read(buffer, CHUNK_PREFIX_BYTES, room);
      if (read < 0) {
        client.write(LAST_CHUNK, 0, LAST_CHUNK.length);
        return;
      }
      if (read > 0) {
        byte[] size = (Integer.toHexString(read) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        int from = CHUNK_PREFIX_BYTES - size.length;
        System.arraycopy(size, 0, buffer, from, size.length);
        buffer[CHUNK_PREFIX_BYTES + read] = '\r';
        buffer[CHUNK_PREFIX_BYTES + read + 1] = '\n';
        client.write(buffer, from, size.length + read + 2);
      }
    }
  }

  private byte[] head(boolean chunked, boolean last) {
    var head = new StringBuilder(512);
    head.append("HTTP/1.1 ")
        .append(answer.statusCode())
        .append(' ')
        .append(answer.reason())
        .append("\r\n");
    for (Header header : HopByHop.endToEnd(answer.headers())) {
      if (!header.is("Content-Length") || keepsLength()) {
        head.append(header.name()).append(": ").append(header.value()).append("\r\n");
      }
    }
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    if (last) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /// A length beside a transfer coding is not to be believed (RFC 9112 section 6.3), and 204 has none.
  private boolean keepsLength() {
    return answer.contentLength().isPresent() && answer.statusCode() != 204;
  }
}
