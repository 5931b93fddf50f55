package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How responses are framed for each method and status, and that no byte follows them. The target
/// of a request names what the handler does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(20)
final class ResponseFramingTest {
  private static final String NEXT = "GET /none/200 HTTP/1.1\r\nHost: a\r\n\r\n";

  private final CountDownLatch firstWriteReceived = new CountDownLatch(1);
  private JettyListener listener;

  @BeforeAll
  void open() {
    listener = Listeners.open(this::handle);
  }

  @AfterAll
  void close() {
    listener.close();
  }

  private void handle(Call call) {
    var way = call.path().split("/", -1);
    call.response().status(Integer.parseInt(way[2]));
    try {
      switch (way[1]) {
        case "none" -> call.respond();
        case "bytes" -> call.respond("hello".getBytes(ISO_8859_1));
        case "sized" -> stream(call, OptionalLong.of(5), "hel", "lo");
        case "unsized" -> stream(call, OptionalLong.empty(), "hel", "lo");
        case "short" -> stream(call, OptionalLong.of(6), "hello");
        case "unclosed" -> call.stream(OptionalLong.empty()).write("hello".getBytes(ISO_8859_1));
        case "fails" -> {
          call.stream(OptionalLong.empty()).write("hello".getBytes(ISO_8859_1));
          throw new IllegalStateException("a test");
        }
        case "throws" -> throw new IllegalStateException("a test");
        case "silent" -> {}
        case "abort" -> call.abort();
        case "last" -> {
          call.response().closeConnection();
          call.respond();
        }
        case "reason" -> {
          call.response().status(Integer.parseInt(way[2]), Optional.of("As You Like"));
          call.respond();
        }
        case "fields" -> {
          call.response()
              .add("x-Plain", "1")
              .add("content-type", "text/plain; name=\"\u00e9\u0080\u00ff\"")
              .add("X-plain", "\u00c3\u00a9")
              .set("date", "Thu, 01 Jan 1970 00:00:00 GMT")
              .set("Server", "upstream")
              .add("Content-Length", "77");
          call.respond();
        }
        case "wait" -> {
          var out = call.stream(OptionalLong.empty());
          out.write("hello".getBytes(ISO_8859_1));
          assertThat(firstWriteReceived.await(10, TimeUnit.SECONDS)).isTrue();
          out.close();
        }
        case "long" -> {
          call.response().add("X", "x".repeat(200 * 1024));
          call.respond();
        }
        default -> throw new AssertionError(call.target());
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    } catch (InterruptedException stopping) {
      throw new AssertionError(stopping);
    }
  }

  private static void stream(Call call, OptionalLong length, String... pieces) throws IOException {
    var out = call.stream(length);
    for (String piece : pieces) {
      out.write(piece.getBytes(ISO_8859_1));
    }
    out.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      textBlock =
          """
          GET /none/200     | 0 | -       | ''
          GET /bytes/200    | 5 | -       | hello
          GET /sized/200    | 5 | -       | hello
          GET /unsized/200  | - | chunked | hello
          POST /none/201    | 0 | -       | ''
          GET /none/205     | 0 | -       | ''
          GET /bytes/404    | 5 | -       | hello
          GET /none/204     | - | -       | ''
          GET /bytes/204    | - | -       | ''
          GET /sized/204    | - | -       | ''
          GET /unsized/204  | - | -       | ''
          GET /none/304     | - | -       | ''
          GET /sized/304    | 5 | -       | ''
          GET /unsized/304  | - | -       | ''
          HEAD /none/200    | 0 | -       | ''
          HEAD /bytes/200   | 5 | -       | ''
          HEAD /sized/200   | 5 | -       | ''
          HEAD /unsized/200 | - | -       | ''
          HEAD /bytes/404   | 5 | -       | ''
          HEAD /none/204    | - | -       | ''
          HEAD /none/304    | - | -       | ''
          """)
  void framesBy(String request, String length, String coding, String content) throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send(request + " HTTP/1.1\r\nHost: a\r\n\r\n");
      var response = client.receive(request.startsWith("HEAD"));
      assertThat(response.status())
          .isEqualTo(Integer.parseInt(request.substring(request.lastIndexOf("/") + 1)));
      assertThat(response.field("Content-Length")).isEqualTo(Optional.ofNullable(length));
      assertThat(response.field("Transfer-Encoding")).isEqualTo(Optional.ofNullable(coding));
      assertThat(response.content()).isEqualTo(content);
      assertThat(response.field("Date")).isPresent();
      assertThat(response.field("Server")).isEmpty();
      assertThat(response.field("Connection")).isEmpty();
      assertThat(client.silent(Duration.ofMillis(30))).isTrue();
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"short", "unclosed", "fails", "abort"})
  void closesTheConnectionIfTheResponseIsIncomplete(String way) throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET /" + way + "/200 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.rest())
          .doesNotEndWith("0\r\n\r\n")
          .satisfiesAnyOf(
              text -> assertThat(text).isEmpty(), text -> assertThat(text).contains("hello"));
    }
  }

  @Test
  void responds500IfTheHandlerThrows() throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send("GET /throws/200 HTTP/1.1\r\nHost: a\r\n\r\n").receive();
      assertThat(response.status()).isEqualTo(500);
      assertThat(response.content()).contains("internal-error");
      client.socket.shutdownOutput();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesTheConnectionIfTheHandlerDoesNotRespond() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET /silent/200 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void sendsTheReasonPhraseOfTheHandler() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET /reason/200 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.receive().statusLine()).isEqualTo("HTTP/1.1 200 As You Like");
      client.send("GET /reason/299 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.receive().statusLine()).isEqualTo("HTTP/1.1 299 As You Like");
      client.send(NEXT);
      assertThat(client.receive().statusLine()).isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void sendsFieldsAsGivenAndInOrder() throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send("GET /fields/200 HTTP/1.1\r\nHost: a\r\n\r\n").receive();
      assertThat(response.fields())
          .containsExactly(
              "x-Plain: 1",
              "content-type: text/plain; name=\"\u00e9\u0080\u00ff\"",
              "X-plain: \u00c3\u00a9",
              "date: Thu, 01 Jan 1970 00:00:00 GMT",
              "Server: upstream",
              "Content-Length: 0");
    }
  }

  @Test
  void sendsLongHeads() throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send("GET /long/200 HTTP/1.1\r\nHost: a\r\n\r\n").receive();
      assertThat(response.field("X").orElseThrow()).hasSize(200 * 1024);
    }
  }

  @Test
  void sendsEachWriteAtOnce() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET /wait/200 HTTP/1.1\r\nHost: a\r\n\r\n");
      String line = client.line();
      while (!line.equals("hello")) {
        line = client.line();
      }
      firstWriteReceived.countDown();
      assertThat(client.line()).isEqualTo("0");
      assertThat(client.line()).isEmpty();
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"none", "bytes", "sized", "unsized"})
  void closesTheConnectionIfTheClientRequestsIt(String way) throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response =
          client
              .send("GET /" + way + "/200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .receive();
      assertThat(response.field("Connection")).hasValue("close");
      assertThat(response.content()).isEqualTo(way.equals("none") ? "" : "hello");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesTheConnectionIfTheHandlerRequestsIt() throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send("GET /last/200 HTTP/1.1\r\nHost: a\r\n\r\n").receive();
      assertThat(response.field("Connection")).hasValue("close");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void servesHttp10AndItsKeepAlive() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("GET /bytes/200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      var first = client.receive();
      assertThat(first.content()).isEqualTo("hello");
      assertThat(first.field("Connection")).hasValue("keep-alive");
      client.send("GET /unsized/200 HTTP/1.0\r\n\r\n");
      var second = client.receive();
      assertThat(second.field("Transfer-Encoding")).isEmpty();
      assertThat(second.content()).isEqualTo("hello");
      assertThat(client.rest()).isEmpty();
    }
  }
}
