package dev.backlane.gateway.upstream;

import java.io.IOException;

/// The request's body could not be read from where it comes; the upstream is not at fault.
public final class RequestBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  RequestBodyException(Exception cause) {
    super("the request's body cannot be read: " + cause.getMessage(), cause);
  }
}
