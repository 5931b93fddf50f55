package dev.backlane.system.limits;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.protocol.BackgroundApiAcceptedDto;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Json;
import dev.backlane.system.support.GatewayProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A body of 1 GiB passes unchanged through a gateway with a heap of 256 MiB, in both directions.
final class LargeBodiesTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path data;

  @Test
  @Timeout(300)
  void passesOneGibibyteEachWayWith256MebibyteHeap() throws Exception {
    try (var upstream = new DigestingApi();
        var client = HttpClient.newHttpClient();
        var gateway =
            GatewayProcess.serve(
                List.of("-Xmx256m"),
                "--upstream=" + upstream.url(),
                "--auth.mode=none",
                "--port=0",
                "--data=" + data,
                "--limits.request-body-max=1GiB",
                "--limits.response-body-max=1GiB")) {
      var request =
          HttpRequest.newBuilder(URI.create(gateway.url() + "/large"))
              .header("erp-api-background", "none")
              .POST(
                  HttpRequest.BodyPublishers.fromPublisher(
                      HttpRequest.BodyPublishers.ofInputStream(() -> new Noise(1)), GIB))
              .build();
      var accepted = client.send(request, BodyHandlers.ofByteArray());
      assertThat(accepted.statusCode()).isEqualTo(202);
      var id = Json.read(accepted.body(), BackgroundApiAcceptedDto.class).id();

      var state = awaitEnd(client, URI.create(gateway.url() + "/v1/background/" + id + "?wait=60"));
      assertThat(state.statusCode()).as(String.valueOf(state.errorMessage())).isEqualTo(200);
      assertThat(state.responseHeaders())
          .as("what the upstream received")
          .containsEntry("X-digest", digest(new Noise(1)));

      var content =
          client.send(
              HttpRequest.newBuilder(URI.create(state.contentLocation())).build(),
              BodyHandlers.ofInputStream());
      assertThat(content.headers().firstValueAsLong("Content-Length")).hasValue(GIB);
      assertThat(digest(content.body()))
          .as("what the client received")
          .isEqualTo(digest(new Noise(2)));
      assertThat(gateway.alive()).isTrue();
    }
  }

  private static BackgroundRequestStateDto awaitEnd(HttpClient client, URI stateUri)
      throws Exception {
    while (true) {
      var response =
          client.send(HttpRequest.newBuilder(stateUri).build(), BodyHandlers.ofByteArray());
      var state = Json.read(response.body(), BackgroundRequestStateDto.class);
      if (state.finishedUtc() != null) {
        return state;
      }
    }
  }

  private static String digest(InputStream body) throws IOException, NoSuchAlgorithmException {
    var sha256 = MessageDigest.getInstance("SHA-256");
    try (var digesting = new DigestInputStream(body, sha256)) {
      digesting.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  /// Returns the digest of the request body in `X-digest`, and 1 GiB of noise.
  private static final class DigestingApi implements AutoCloseable {
    private final HttpServer server;

    DigestingApi() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/large", DigestingApi::respond);
      server.start();
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static void respond(HttpExchange exchange) throws IOException {
      try (exchange) {
        exchange.getResponseHeaders().set("X-digest", digest(exchange.getRequestBody()));
        exchange.sendResponseHeaders(200, GIB);
        new Noise(2).transferTo(exchange.getResponseBody());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  /// 1 GiB of noise from a seed; each block starts with its number, so that a lost or repeated
  /// block is found.
  private static final class Noise extends InputStream {
    private static final int BLOCK_BYTES = 64 * 1024;

    private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    private long left = GIB;

    Noise(long seed) {
      new SplittableRandom(seed).nextBytes(block.array());
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      if (left == 0) {
        return -1;
      }
      long done = GIB - left;
      int at = (int) (done % BLOCK_BYTES);
      block.putLong(0, done / BLOCK_BYTES);
      int count = (int) Math.min(left, Math.min(length, BLOCK_BYTES - at));
      block.get(at, bytes, offset, count);
      left -= count;
      return count;
    }
  }
}
