package dev.backlane.gateway.tls;

/// A file of keys or certificates cannot be used. The message names the file, the cause and the
/// fix, and nothing secret.
public final class TlsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TlsException(String message) {
    super(message);
  }

  TlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
