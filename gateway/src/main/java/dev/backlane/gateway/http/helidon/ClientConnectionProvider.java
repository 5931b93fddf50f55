package dev.backlane.gateway.http.helidon;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/// Creates [ClientConnection]s; loaded by Helidon as a service.
public final class ClientConnectionProvider implements ConnectionSinks {
  /// For the service loader.
  public ClientConnectionProvider() {}

  @Override
  public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
    return type.rawType() == ClientConnection.class;
  }

  @Override
  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // The interface does not relate the requested type to the result; supports() does.
  public <X extends Sink<byte[]>> X create(SinkProviderContext context) {
    return (X) new ClientConnection(context.connectionContext());
  }
}
