package dev.backlane.app.demo;

import java.net.URI;
import java.nio.file.Path;

/// The gateway that the demo shows, running.
public interface Gateway extends AutoCloseable {
  /// Where it is: no slash at the end.
  URI url();

  /// Drains and stops it. Idempotent.
  @Override
  void close();

  /// Starts a gateway.
  @FunctionalInterface
  interface Starter {
    /// Starts the gateway that a configuration file describes; it serves on return.
    Gateway start(Path configFile);
  }
}
