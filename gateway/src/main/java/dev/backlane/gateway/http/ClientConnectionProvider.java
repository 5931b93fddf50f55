package dev.backlane.gateway.http;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/// Hands out [ClientConnection]s; found by the web server as a service.
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
  }) // The interface cannot say that the type asked for is the type given; supports() does.
  public <X extends Sink<byte[]>> X create(SinkProviderContext context) {
    return (X) new ClientConnection(context.connectionContext());
  }
}
