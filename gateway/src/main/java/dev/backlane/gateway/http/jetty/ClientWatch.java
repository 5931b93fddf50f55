package dev.backlane.gateway.http.jetty;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// Detects that a client closes its connection while a handler processes its request. Jetty reads
/// nothing between the end of a request and the end of its response, so this class reads instead: a
/// reset means that the client has closed the connection; other bytes belong to the next request
/// and are put in the buffer from which Jetty reads it. When that buffer is full, the watch ends.
///
/// The end of the stream is ambiguous: TCP does not say whether the client has closed its
/// connection or only its sending side and still waits for the response. So it counts as closed
/// after [#HALF_CLOSE_MAX], unless the response ends earlier. Thread-safe.
final class ClientWatch implements Callback {
  /// How long a client that has ended its stream may wait for the rest of its response.
  static final Duration HALF_CLOSE_MAX = Duration.ofSeconds(2);

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
      if (onGone != null) {
        read();
      }
    } catch (IOException reset) {
      failed(reset);
    } finally {
      lock.unlock();
    }
  }

  private void read() throws IOException {
    var buffer = BufferUtil.allocate(bufferBytesLeft);
    int filled = connection.getEndPoint().fill(buffer);
    if (filled < 0) {
      var ended = new EOFException("the client closed its connection");
      connection
          .getConnector()
          .getScheduler()
          .schedule(() -> failed(ended), HALF_CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS);
      return;
    }
    if (filled > 0) {
      connection.onUpgradeTo(buffer);
      bufferBytesLeft -= filled;
    }
    if (bufferBytesLeft > 0) {
      connection.getEndPoint().tryFillInterested(this);
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
