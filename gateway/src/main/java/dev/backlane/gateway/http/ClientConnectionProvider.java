package dev.backlane.gateway.http;

import io.helidon.common.GenericType;
import io.helidon.common.media.type.MediaType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProvider;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.util.function.BiConsumer;

/// Hands out [ClientConnection]s; found by the web server as a service.
public final class ClientConnectionProvider implements SinkProvider<byte[]> {
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

  @Override
  @Deprecated
  @SuppressWarnings({
    "removal",
    "TypeParameterUnusedInFormals"
  }) // Abstract until the web server drops it.
  public <X extends Sink<byte[]>> X create(
      ServerResponse response,
      BiConsumer<Object, MediaType> eventConsumer,
      Runnable closeRunnable) {
    throw new IllegalStateException(
        "this web server is too old: it does not tell a sink its connection");
  }
}
