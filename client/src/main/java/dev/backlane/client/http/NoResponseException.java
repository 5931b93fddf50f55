package dev.backlane.client.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;

/// A request got no response. The message says why and what to do; the cause is that of the HTTP
/// client.
public final class NoResponseException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean sent;
  private final boolean permanent;

  private NoResponseException(String message, IOException cause, boolean sent, boolean permanent) {
    super(message, cause);
    this.sent = sent;
    this.permanent = permanent;
  }

  static NoResponseException of(URI uri, IOException cause) {
    var host = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    if (has(cause, UnresolvedAddressException.class)) {
      var message = "the host name " + uri.getHost() + " cannot be resolved. Check the base URI.";
      return new NoResponseException(message, cause, false, true);
    }
    if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
      var message =
          host + " accepts no connection. Check the base URI, and whether the server runs.";
      return new NoResponseException(message, cause, false, false);
    }
    if (cause instanceof SSLHandshakeException) {
      var message =
          "TLS with " + host + " failed (" + cause.getMessage() + "). Check its certificate.";
      boolean distrusted =
          has(cause, CertificateException.class) || has(cause, CertPathValidatorException.class);
      return new NoResponseException(message, cause, false, distrusted);
    }
    return new NoResponseException(
        cause instanceof HttpTimeoutException
            ? host + " has not responded in time."
            : "the connection to " + host + " failed (" + cause.getMessage() + ").",
        cause,
        true,
        false);
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  /// Whether the server may have received the request.
  public boolean sent() {
    return sent;
  }

  /// Whether sending it again is of no use: the host does not exist, or its certificate is not
  /// trusted.
  public boolean permanent() {
    return permanent;
  }
}
