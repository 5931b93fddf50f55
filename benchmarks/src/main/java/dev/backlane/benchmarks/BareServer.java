package dev.backlane.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;

/// The upper bound of accepts: the gateway's HTTP server reads the body and returns 202 without
/// storing anything.
final class BareServer {
  // The length of the gateway's response.
  private static final int DOCUMENT_BYTES = 228;

  private BareServer() {}

  /// Serves until the process ends.
  ///
  /// @param args none
  public static void main(String[] args) {
    byte[] document = ("{\"id\":\"" + "0".repeat(DOCUMENT_BYTES) + "\"}").getBytes(US_ASCII);
    var server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .routing(
                HttpRouting.builder()
                    .any((request, response) -> {
                      request.content().inputStream().readAllBytes();
                      response.status(Status.ACCEPTED_202);
                      response.header("Content-Type", "application/json");
                      response.header(
                          "Location",
                          "http://127.0.0.1/v1/background/00000000-0000-0000-0000-000000000000");
                      response.send(document);
                    }))
            .build()
            .start();
    System.out.println("Bare server serves http://127.0.0.1:" + server.port());
  }
}
