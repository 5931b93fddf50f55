package dev.backlane.gateway.http;

import io.helidon.common.media.type.MediaType;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProvider;
import java.util.function.BiConsumer;

/// A provider of sinks that needs to know the connection.
interface ConnectionSinks extends SinkProvider<byte[]> {
  @Override
  @Deprecated
  @SuppressWarnings({
    "removal",
    "TypeParameterUnusedInFormals"
  }) // Abstract until the web server drops it.
  default <X extends Sink<byte[]>> X create(
      ServerResponse response,
      BiConsumer<Object, MediaType> eventConsumer,
      Runnable closeRunnable) {
    throw new IllegalStateException(
        "this web server is too old: it does not tell a sink its connection");
  }
}
