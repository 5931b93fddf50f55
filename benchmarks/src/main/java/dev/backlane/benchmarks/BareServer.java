package dev.backlane.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;

/// The upper bound of accepts: the gateway's listener with a handler that reads the body and
/// returns 202 without storing anything.
final class BareServer {
  private static final int ACCEPTED = 202;

  // The length of the gateway's response.
  private static final int DOCUMENT_BYTES = 228;

  private static final ListenerSettings SETTINGS =
      new ListenerSettings(
          "127.0.0.1",
          0,
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          0,
          16 * 1024,
          10_000,
          Optional.empty());

  private static final byte[] DOCUMENT =
      ("{\"id\":\"" + "0".repeat(DOCUMENT_BYTES) + "\"}").getBytes(US_ASCII);

  private BareServer() {}

  /// Serves until the process ends.
  ///
  /// @param args none
  public static void main(String[] args) {
    var listener = JettyListener.open(SETTINGS);
    listener.serve(BareServer::respond);
    System.out.println("Bare server serves http://127.0.0.1:" + listener.port());
  }

  private static void respond(Call call) {
    try {
      call.body().readAllBytes();
    } catch (IOException incomplete) {
      throw new UncheckedIOException(incomplete);
    }
    call.response()
        .status(ACCEPTED)
        .set("Content-Type", "application/json")
        .set("Location", "http://127.0.0.1/v1/background/00000000-0000-0000-0000-000000000000");
    call.respond(DOCUMENT);
  }
}
