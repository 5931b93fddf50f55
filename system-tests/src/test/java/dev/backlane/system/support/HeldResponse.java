package dev.backlane.system.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.RecordingApi.Script;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// An endpoint that holds its response until it is released. Thread-safe.
public final class HeldResponse implements Script {
  private static final long REQUEST_SECONDS_MAX = 30;

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final Script then;

  /// Responds with `200` and the body `late`.
  public HeldResponse() {
    this(RecordingApi.responding(200, "late", "Content-Type: text/plain"));
  }

  /// @param then the response once it is released
  public HeldResponse(Script then) {
    this.then = then;
  }

  @Override
  public void respond(Received request, Socket client) throws IOException, InterruptedException {
    arrived.countDown();
    opened.await();
    then.respond(request, client);
  }

  /// Waits until a complete request has arrived.
  public void awaitRequest() throws InterruptedException {
    assertThat(arrived.await(REQUEST_SECONDS_MAX, TimeUnit.SECONDS))
        .as("a request arrives within %d s", REQUEST_SECONDS_MAX)
        .isTrue();
  }

  /// Releases this response and all later ones.
  public void release() {
    opened.countDown();
  }

  /// Releases this response at a request for a path, so that a program under test can do it.
  public HeldResponse releasedBy(RecordingApi api, String path) {
    api.on(
        path,
        (_, client) -> {
          release();
          RecordingApi.send(client, 204, new byte[0]);
        });
    return this;
  }
}
