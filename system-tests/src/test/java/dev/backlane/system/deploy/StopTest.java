package dev.backlane.system.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Signals to a real process: a stop waits for what is in flight, and a second signal does not.
@Timeout(120)
final class StopTest {
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(20);
  private static final String DRAINING = "Draining: ";

  private static void awaitLine(TestGateway gateway, String text) throws Exception {
    Deadline.within(
        NOTICED_WITHIN, text + " is logged", () -> gateway.process().lineWith(text).isPresent());
  }

  private static HeldResponse held(TestGateway gateway, String path) {
    var held = new HeldResponse();
    gateway.api().on(path, held);
    return held;
  }

  private static FutureTask<Response> started(Callable<Response> call) {
    var task = new FutureTask<>(call);
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  @DisplayName("SIGTERM: not ready, but accepting for a while; then all that is in flight ends")
  void losesNothingOnTerminate() throws Exception {
    try (var gateway = TestGateway.with("").flags("--server.shutdown-delay=3s").start()) {
      var http = gateway.http();
      var attempt = held(gateway, "/attempt");
      var proxied = held(gateway, "/proxied");
      var id = http.begin("/attempt");
      attempt.awaitRequest();
      var response = started(() -> http.get("/proxied"));
      proxied.awaitRequest();
      var poll = started(() -> http.stateOf(id, "Prefer", "wait=60"));

      gateway.process().terminate();
      Deadline.within(NOTICED_WITHIN, "not ready", () -> http.get("/health/ready").status() == 503);
      assertThat(http.get("/health/ready").json()).containsEntry("reason", "draining");
      assertThat(http.awaitEnd(http.begin("/new")).phase()).isEqualTo(Phase.FINISHED);

      awaitLine(gateway, DRAINING);
      assertThatThrownBy(
              () -> new Socket(InetAddress.getLoopbackAddress(), http.url().getPort()).close())
          .isInstanceOf(ConnectException.class);
      assertThat(gateway.process().alive()).isTrue();
      attempt.release();
      proxied.release();
      assertThat(response.get().status()).isEqualTo(200);
      assertThat(poll.get().state().phase()).isEqualTo(Phase.FINISHED);
      assertThat(gateway.process().awaitEnd().exitCode()).isZero();

      gateway.restart();
      assertThat(gateway.http().stateOf(id).state().phase()).isEqualTo(Phase.FINISHED);
    }
  }

  @Test
  @DisplayName("A second SIGTERM aborts what is in flight, and queued operations are kept")
  void stopsAtOnceOnSecondSignal() throws Exception {
    try (var gateway = TestGateway.with("execution: { concurrency: 1 }\n").start()) {
      var attempt = held(gateway, "/attempt");
      var sent = gateway.http().begin("/attempt");
      attempt.awaitRequest();
      var queued = gateway.http().begin("/queued");

      gateway.process().terminate();
      awaitLine(gateway, DRAINING);
      gateway.process().terminate();
      assertThat(gateway.process().awaitEnd().exitCode()).isEqualTo(3);
      attempt.release();

      gateway.restart();
      assertThat(gateway.http().awaitEnd(sent).errorMessage()).startsWith("Outcome unknown");
      assertThat(gateway.http().awaitEnd(queued).phase()).isEqualTo(Phase.FINISHED);
      assertThat(gateway.api().received("/attempt")).hasSize(1);
    }
  }

  @Test
  @DisplayName("What outlasts execution.drain-timeout is aborted, and the process ends")
  void abortsWhatOutlastsTheDrain() throws Exception {
    var settings = "execution: { drain-timeout: 500ms }\n";
    try (var gateway = TestGateway.with(settings).start()) {
      var http = gateway.http();
      var attempt = held(gateway, "/attempt");
      var proxied = held(gateway, "/proxied");
      var id = http.begin("/attempt");
      attempt.awaitRequest();
      var response = started(() -> http.get("/proxied"));
      proxied.awaitRequest();

      gateway.process().terminate();
      var ended = gateway.process().awaitEnd();
      assertThat(ended.exitCode()).as("%s", ended).isZero();
      assertThat(ended.err()).anyMatch(line -> line.contains("draining: aborting 2 in flight"));
      assertThatThrownBy(response::get).hasCauseInstanceOf(IOException.class);
      attempt.release();
      proxied.release();

      gateway.restart();
      assertThat(gateway.http().awaitEnd(id).errorMessage()).startsWith("Outcome unknown");
    }
  }
}
