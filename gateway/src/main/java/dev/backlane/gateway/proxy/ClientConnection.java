package dev.backlane.gateway.proxy;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.spi.Sink;

/// The client's connection as it is: what is emitted goes out at once, unframed. The web server's own response would hold back
/// a head until the first byte of the body, sort and merge header lines, and add a `Content-Length` to 204 and 304.
public final class ClientConnection implements Sink<byte[]> {
  static final GenericType<ClientConnection> TYPE = GenericType.create(ClientConnection.class);

  private final DataWriter writer;

  ClientConnection(ConnectionContext context) {
    this.writer = context.dataWriter();
  }

  @Override
  public ClientConnection emit(byte[] bytes) {
    write(bytes, 0, bytes.length);
    return this;
  }

  /// Sends bytes; they are handed to the network on return.
  ///
  /// @throws RuntimeException if the client is gone
  void write(byte[] bytes, int offset, int length) {
    writer.writeNow(BufferData.create(bytes, offset, length));
  }

  /// Does nothing: the web server closes its connections.
  @Override
  public void close() {}
}
