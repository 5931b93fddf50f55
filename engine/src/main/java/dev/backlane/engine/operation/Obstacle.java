package dev.backlane.engine.operation;

/// What kept a request from being sent.
public enum Obstacle {
  /// The upstream cannot be reached: the connection was refused or timed out, the host name did not
  /// resolve, or the TLS handshake failed.
  UPSTREAM_UNREACHABLE,
  /// No connection was free, or another resource of this process was exhausted.
  RESOURCES,
  /// The credentials for the upstream could not be obtained for now.
  CREDENTIALS,
  /// This process stops, or must not execute the operation.
  PROCESS
}
