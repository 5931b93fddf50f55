package dev.backlane.gateway.http.helidon;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;

/// A client's connection in the shape in which Helidon hands it out: as a sink of a response.
final class ClientConnection implements Sink<byte[]> {
  private static final GenericType<ClientConnection> TYPE =
      GenericType.create(ClientConnection.class);

  private final ConnectionContext context;

  ClientConnection(ConnectionContext context) {
    this.context = context;
  }

  /// Marks a response as sent: Helidon sends none of its own for the request.
  static void markSent(ServerResponse response) {
    var _ = response.sink(TYPE);
  }

  /// The connection that a request was received on. Changes nothing.
  static ConnectionContext behind(ServerResponse response) {
    return ConnectionBehind.of(response);
  }

  @Override
  public ClientConnection emit(byte[] bytes) {
    context.dataWriter().writeNow(BufferData.create(bytes));
    return this;
  }

  /// Does nothing: Helidon closes its connections.
  @Override
  public void close() {}
}
