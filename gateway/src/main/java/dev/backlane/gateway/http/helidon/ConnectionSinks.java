package dev.backlane.gateway.http.helidon;

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
  }) // Abstract until Helidon removes it.
  default <X extends Sink<byte[]>> X create(
      ServerResponse response,
      BiConsumer<Object, MediaType> eventConsumer,
      Runnable closeRunnable) {
    throw new IllegalStateException(
        "this version of Helidon is too old: it gives no connection to a sink");
  }
}
