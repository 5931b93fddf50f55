package dev.backlane.app.wiring;

import java.net.URI;

/// A gateway that accepts requests.
public interface RunningGateway extends AutoCloseable {
  /// One line with its addresses, for the operator.
  String announcement();

  /// The URL that clients use: no slash at the end.
  URI url();

  /// Stops accepting, lets running attempts end within `execution.drain-timeout`, and releases the
  /// store and the port.
  @Override
  void close();
}
