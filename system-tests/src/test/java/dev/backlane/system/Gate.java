package dev.backlane.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.RecordingApi.Received;
import dev.backlane.system.RecordingApi.Script;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// An endpoint that keeps its answer back until it is opened: `200` and the body `late`. Thread-safe.
final class Gate implements Script {
  private static final long REQUEST_SECONDS_MAX = 30;

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);

  @Override
  public void answer(Received request, Socket client) throws IOException, InterruptedException {
    arrived.countDown();
    opened.await();
    RecordingApi.send(client, 200, "late".getBytes(UTF_8), "Content-Type: text/plain");
  }

  /// Waits until a request has arrived whole.
  void awaitRequest() throws InterruptedException {
    assertThat(arrived.await(REQUEST_SECONDS_MAX, TimeUnit.SECONDS))
        .as("a request arrives within %d s", REQUEST_SECONDS_MAX)
        .isTrue();
  }

  /// Lets this answer and all later ones go.
  void open() {
    opened.countDown();
  }
}
