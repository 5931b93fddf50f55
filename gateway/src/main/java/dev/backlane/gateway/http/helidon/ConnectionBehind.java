package dev.backlane.gateway.http.helidon;

import io.helidon.common.GenericType;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/// Finds the connection of a response; loaded by Helidon as a service. Helidon gives the connection
/// to providers of sinks only, and takes a response for sent once a sink was handed out (Helidon
/// 4.5). So this provider hands out the connection in an exception.
public final class ConnectionBehind implements ConnectionSinks {
  private static final GenericType<None> TYPE = GenericType.create(None.class);

  /// For the service loader.
  public ConnectionBehind() {}

  /// A sink that is never created.
  interface None extends Sink<byte[]> {
    @Override
    void close();
  }

  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient ConnectionContext connection;

    Found(ConnectionContext connection) {
      super("", null, false, false);
      this.connection = connection;
    }
  }

  /// The connection of a response, which is not marked as sent.
  static ConnectionContext of(ServerResponse response) {
    try {
      None none = response.sink(TYPE);
      throw new IllegalStateException("Helidon created an unknown sink: " + none);
    } catch (Found found) {
      return found.connection;
    }
  }

  @Override
  public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
    return type.rawType() == None.class;
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // As in the interface.
  public <X extends Sink<byte[]>> X create(SinkProviderContext context) {
    throw new Found(context.connectionContext());
  }
}
