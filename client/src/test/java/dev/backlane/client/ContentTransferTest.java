package dev.backlane.client;

import static dev.backlane.client.ScriptedServer.CONTENT;
import static dev.backlane.client.ScriptedServer.bytes;
import static dev.backlane.client.ScriptedServer.head;
import static dev.backlane.client.ScriptedServer.inTurn;
import static dev.backlane.client.ScriptedServer.partly;
import static dev.backlane.client.ScriptedServer.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.ScriptedServer.Script;
import dev.backlane.client.documented.ApiException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Reading contents: large ones, compressed ones, and over connections that fail in the middle.
@Timeout(30)
class ContentTransferTest {
  private static final byte[] BYTES = new byte[100_000];
  private static final int FIRST = 40_000;

  static {
    new Random(1).nextBytes(BYTES);
  }

  private final ScriptedServer server = new ScriptedServer().finished("");
  private final Backlane backlane =
      Backlane.at(server.uri())
          .requestTimeout(Duration.ofSeconds(5))
          .retryFor(Duration.ofMillis(800))
          .build();

  @AfterEach
  void stop() {
    backlane.close();
    server.close();
  }

  private HttpRequest call() {
    return backlane.request("/call").POST(BodyPublishers.noBody()).build();
  }

  private Content content() throws Exception {
    return ((Outcome.Responded) backlane.resume("op-1").await(Duration.ofSeconds(5))).body();
  }

  /// Sends the beginning, and closes the connection.
  private static Script broken() {
    return partly(200, BYTES.length, Arrays.copyOf(BYTES, FIRST), "ETag: \"e\"");
  }

  private static Script rest() {
    return bytes(
        206,
        Arrays.copyOfRange(BYTES, FIRST, BYTES.length),
        "Content-Range: bytes " + FIRST + "-" + (BYTES.length - 1) + "/" + BYTES.length);
  }

  @Test
  void continuesWhereAConnectionFailed() throws Exception {
    server.on(CONTENT, inTurn(broken(), text(503, ""), rest()));

    assertThat(backlane.send(call(), BodyHandlers.ofByteArray()).body()).isEqualTo(BYTES);

    var last = server.received(CONTENT).getLast();
    assertThat(last.header("range")).isEqualTo("bytes=" + FIRST + "-");
    assertThat(last.header("if-range")).isEqualTo("\"e\"");
  }

  @Test
  void skipsTheBeginningIfTheServerKnowsNoRanges() throws Exception {
    server.on(CONTENT, inTurn(broken(), broken(), bytes(200, BYTES)));

    assertThat(content().bytes()).isEqualTo(BYTES);
  }

  @Test
  void continuesAStreamThatSendReturned() throws Exception {
    server.on(CONTENT, inTurn(broken(), rest()));

    try (var body = backlane.send(call(), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.readAllBytes()).isEqualTo(BYTES);
    }
  }

  @Test
  void passesEachByteOnceToAnyHandler() throws Exception {
    server.on(CONTENT, inTurn(broken(), rest()));
    var seen = new ByteArrayOutputStream();
    BodyHandler<Void> consumer =
        BodyHandlers.ofByteArrayConsumer(piece -> piece.ifPresent(seen::writeBytes));

    backlane.send(call(), consumer);

    assertThat(seen.toByteArray()).isEqualTo(BYTES);
  }

  @Test
  void saysWhereAContentEndedForGood() {
    server.on(CONTENT, inTurn(broken(), text(503, "")));

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString()))
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> assertThat(failure.getCode()).isEqualTo(503));
    server.on(CONTENT, broken());
    assertThatThrownBy(() -> content().bytes())
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("after " + FIRST + " bytes");
  }

  @Test
  void refusesARangeThatItDidNotAskFor() {
    server.on(
        CONTENT, inTurn(broken(), bytes(206, new byte[10], "Content-Range: bytes 0-9/100000")));

    assertThatThrownBy(() -> content().bytes())
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("206");
  }

  @Test
  void noticesThatABodyStalls() {
    server.on(CONTENT, server.stalling(broken()));
    try (var impatient =
        Backlane.at(server.uri())
            .requestTimeout(Duration.ofMillis(300))
            .retryFor(Duration.ZERO)
            .build()) {
      assertThatThrownBy(() ->
              ((Outcome.Responded) impatient.resume("op-1").await(Duration.ofSeconds(5)))
                  .body()
                  .bytes())
          .hasMessageContaining("no byte of the body arrived for PT0.3S");
    }
  }

  @Test
  void reportsARemovedContentWithItsCause() {
    server.on(CONTENT, text(410, ""));

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString()))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("410. The content was removed after its retention");
    assertThat(server.received(CONTENT)).hasSize(1);
  }

  @Test
  void neverRepeatsARequestBecauseAHandlerFails(@TempDir Path folder) throws IOException {
    server.on(CONTENT, bytes(200, BYTES));
    Files.createDirectories(folder.resolve("taken"));

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofFile(folder.resolve("taken"))))
        .isInstanceOf(Exception.class);
    assertThatThrownBy(() ->
            backlane.send(
                call(),
                info ->
                    BodySubscribers.mapping(
                        BodySubscribers.ofString(UTF_8),
                        body -> {
                          throw new IllegalStateException("a planted failure");
                        })))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a planted failure");

    assertThat(server.received(CONTENT)).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void streamsALargeContentAsItIsRead() throws Exception {
    long length = 100L << 20;
    var written = new AtomicLong();
    server.on(
        CONTENT,
        (request, out) -> {
          head(out, 200, length);
          byte[] piece = new byte[1 << 16];
          for (long left = length; left > 0; left -= piece.length) {
            out.write(piece);
            written.addAndGet(piece.length);
          }
        });
    for (InputStream body :
        new InputStream[] {
          content().stream(), backlane.send(call(), BodyHandlers.ofInputStream()).body()
        }) {
      try (body) {
        written.set(0);
        assertThat(body.read()).isZero();
        awaitStandstill(written);
        // The rest is at the server: sockets and this client hold a few MiB at most.
        assertThat(written.get()).isLessThan(length / 4);
        assertThat(1 + skipAll(body)).isEqualTo(length);
      }
    }
  }

  private static void awaitStandstill(AtomicLong written) throws InterruptedException {
    long before = -1;
    for (int round = 0; round < 50 && written.get() != before; round++) {
      before = written.get();
      Thread.sleep(200);
    }
  }

  private static long skipAll(InputStream body) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long count = 0;
    for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
      count += read;
    }
    return count;
  }

  @Test
  void decodesCompressedText() throws Exception {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write("\"ä\"".getBytes(UTF_8));
    }
    server.finished("\"CONTENT-ENCODING\": \"gzip\", \"Content-Type\": \"application/json\"");
    server.on(CONTENT, bytes(200, compressed.toByteArray(), "Content-Encoding: gzip"));

    assertThat(content().text()).isEqualTo("\"ä\"");
    assertThat(content().as(String.class)).isEqualTo("ä");
    assertThat(content().bytes()).isEqualTo(compressed.toByteArray());
    assertThat(backlane.send(call(), BodyHandlers.ofByteArray()).body())
        .isEqualTo(compressed.toByteArray());
  }

  @Test
  void namesAnEncodingThatItCannotDecode() {
    server.finished("\"Content-Encoding\": \"br\"");
    server.on(CONTENT, text(200, "x"));

    assertThatThrownBy(() -> content().text())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("br");
  }
}
