package dev.backlane.gateway.http.jetty;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// Detects that a client closes its connection while a handler processes its request. Jetty reads
/// nothing between the end of a request and the end of its response, so this class reads instead:
/// the end of the stream means that the client has closed the connection; other bytes belong to the
/// next request and are put in the buffer from which Jetty reads it. When that buffer is full, the
/// watch ends. Thread-safe.
final class ClientWatch implements Callback {
  private final ClientConnection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Runnable onGone;
  private int bufferBytesLeft;

  ClientWatch(ClientConnection connection) {
    this.connection = connection;
  }

  /// Starts the watch; the request must have been read to its end.
  ///
  /// @param action runs once, on a thread of the web server, and must not block
  void start(Runnable action) {
    lock.lock();
    try {
      if (onGone == null && connection.isRequestBufferEmpty()) {
        onGone = action;
        bufferBytesLeft = connection.getInputBufferSize();
        connection.getEndPoint().tryFillInterested(this);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Stops the watch before Jetty reads again. The action does not start after this returns.
  void stop() {
    if (takeAction() != null) {
      ((AbstractEndPoint) connection.getEndPoint())
          .getFillInterest()
          .onFail(new EOFException("stopped"));
    }
  }

  private @Nullable Runnable takeAction() {
    lock.lock();
    try {
      var action = onGone;
      onGone = null;
      return action;
    } finally {
      lock.unlock();
    }
  }

  /// Called when the client has sent bytes or closed the connection.
  @Override
  public void succeeded() {
    lock.lock();
    try {
      if (onGone == null || keepsWatching()) {
        return;
      }
    } finally {
      lock.unlock();
    }
    failed(new EOFException("the client closed its connection"));
  }

  private boolean keepsWatching() {
    var buffer = BufferUtil.allocate(bufferBytesLeft);
    try {
      int filled = connection.getEndPoint().fill(buffer);
      if (filled > 0) {
        connection.onUpgradeTo(buffer);
        bufferBytesLeft -= filled;
      }
      if (filled >= 0 && bufferBytesLeft > 0) {
        connection.getEndPoint().tryFillInterested(this);
      }
      return filled >= 0;
    } catch (IOException reset) {
      return false;
    }
  }

  /// Called when the connection is closed.
  @Override
  public void failed(Throwable cause) {
    var action = takeAction();
    if (action != null) {
      action.run();
    }
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
