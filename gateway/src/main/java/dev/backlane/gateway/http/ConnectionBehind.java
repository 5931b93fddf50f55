package dev.backlane.gateway.http;

import io.helidon.common.GenericType;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProviderContext;

/// Tells which connection a response belongs to; found by the web server as a service. The web server tells it to providers of
/// sinks alone (Helidon 4.5), and takes a sink that was handed out for an answer begun; so the connection comes as an exception.
public final class ConnectionBehind implements ConnectionSinks {
  private static final GenericType<Asked> TYPE = GenericType.create(Asked.class);

  /// For the service loader.
  public ConnectionBehind() {}

  /// A sink that there never is.
  interface Asked extends Sink<byte[]> {
    @Override
    void close();
  }

  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient ClientConnection connection;

    Found(ClientConnection connection) {
      super("", null, false, false);
      this.connection = connection;
    }
  }

  /// The connection of a response, which can still be sent in any way.
  static ClientConnection of(ServerResponse response) {
    try {
      Asked none = response.sink(TYPE);
      throw new IllegalStateException("the web server made up " + none);
    } catch (Found found) {
      return found.connection;
    }
  }

  @Override
  public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
    return type.rawType() == Asked.class;
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // As the interface has it.
  public <X extends Sink<byte[]>> X create(SinkProviderContext context) {
    throw new Found(new ClientConnection(context.connectionContext()));
  }
}
