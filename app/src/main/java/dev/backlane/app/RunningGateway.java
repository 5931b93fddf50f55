package dev.backlane.app;

import java.net.URI;

/// A gateway that serves.
interface RunningGateway extends AutoCloseable {
  /// One line with its addresses, for the operator.
  String announcement();

  /// The URL under which clients know it: no slash at the end.
  URI url();

  /// Stops accepting, lets running attempts end within `execution.drain-timeout`, and frees the store and the port.
  @Override
  void close();
}
