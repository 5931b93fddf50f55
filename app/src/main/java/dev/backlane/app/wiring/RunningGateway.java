package dev.backlane.app.wiring;

import java.net.URI;

/// A gateway that accepts requests.
public interface RunningGateway extends AutoCloseable {
  /// One line with its addresses, for the operator.
  String announcement();

  /// The URL that clients use, without a slash at the end.
  URI url();

  /// Stops accepting calls, lets running attempts continue for at most `execution.drain-timeout`,
  /// and releases the store and the port.
  @Override
  void close();
}
