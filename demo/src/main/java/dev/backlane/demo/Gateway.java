package dev.backlane.demo;

import java.net.URI;
import java.nio.file.Path;

/// The running gateway that the demo shows. Implemented by the caller of [Demo].
public interface Gateway extends AutoCloseable {
  /// The URL that clients use, without a slash at the end.
  URI url();

  /// Drains and stops the gateway. Idempotent.
  @Override
  void close();

  /// Starts a gateway.
  @FunctionalInterface
  interface Starter {
    /// Starts the gateway that a configuration file describes; it accepts requests on return.
    Gateway start(Path configFile);
  }
}
