package dev.backlane.gateway.http;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;

/// The client's connection as it is: what is emitted goes out at once, unframed. The web server's own response would hold back
/// a head until the first byte of the body, sort and merge header lines, and add a `Content-Length` to 204 and 304.
public final class ClientConnection implements Sink<byte[]> {
  private static final GenericType<ClientConnection> TYPE =
      GenericType.create(ClientConnection.class);

  private final ConnectionContext context;

  ClientConnection(ConnectionContext context) {
    this.context = context;
  }

  /// The connection of a response that is written by hand: for the web server it counts as sent from now on.
  public static ClientConnection of(ServerResponse response) {
    return response.sink(TYPE);
  }

  /// The connection that a request comes in on, for reading. Changes nothing.
  static ClientConnection behind(ServerResponse response) {
    return ConnectionBehind.of(response);
  }

  @Override
  public ClientConnection emit(byte[] bytes) {
    write(bytes, 0, bytes.length);
    return this;
  }

  /// Sends bytes; they are handed to the network on return.
  ///
  /// @throws RuntimeException if the client is gone
  public void write(byte[] bytes, int offset, int length) {
    context.dataWriter().writeNow(BufferData.create(bytes, offset, length));
  }

  /// What the client sends.
  DataReader reader() {
    return context.dataReader();
  }

  ConnectionContext context() {
    return context;
  }

  /// Does nothing: the web server closes its connections.
  @Override
  public void close() {}
}
