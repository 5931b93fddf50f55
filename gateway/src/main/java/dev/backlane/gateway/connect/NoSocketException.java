package dev.backlane.gateway.connect;

import java.io.IOException;

/// This process could not open another socket, such as when its file descriptors are exhausted. It
/// says nothing about the peer.
public final class NoSocketException extends IOException {
  private static final long serialVersionUID = 1L;

  NoSocketException(IOException cause) {
    super("this process cannot open another connection: " + cause.getMessage(), cause);
  }
}
