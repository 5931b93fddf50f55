package dev.backlane.system.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.RecordingApi.Script;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// An endpoint that keeps its answer back until it is opened. Thread-safe.
public final class HeldResponse implements Script {
  private static final long REQUEST_SECONDS_MAX = 30;

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final Script then;

  /// Answers `200` and the body `late` then.
  public HeldResponse() {
    this(RecordingApi.answering(200, "late", "Content-Type: text/plain"));
  }

  /// @param then how it answers once it is open
  public HeldResponse(Script then) {
    this.then = then;
  }

  @Override
  public void answer(Received request, Socket client) throws IOException, InterruptedException {
    arrived.countDown();
    opened.await();
    then.answer(request, client);
  }

  /// Waits until a request has arrived whole.
  public void awaitRequest() throws InterruptedException {
    assertThat(arrived.await(REQUEST_SECONDS_MAX, TimeUnit.SECONDS))
        .as("a request arrives within %d s", REQUEST_SECONDS_MAX)
        .isTrue();
  }

  /// Lets this answer and all later ones go.
  public void release() {
    opened.countDown();
  }
}
