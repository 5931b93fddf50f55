package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Verdict;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Responses with blemishes, and what is reported of those that fail. In the rows, `~` is CR LF,
/// `^` is LF, `@` is CR, `¤` is NUL and `→` is a tab.
@Timeout(30)
final class ResponseHeadTest extends StoredCalls {
  private static String unescaped(String row) {
    return row.replace("~", "\r\n")
        .replace("^", "\n")
        .replace("@", "\r")
        .replace("¤", "\0")
        .replace("→", "\t");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      textBlock =
          """
          space before the colon     ¦ HTTP/1.1 200 OK~X : 1~Content-Length: 2~~ok                        ¦ X=1,Content-Length=2
          tab before the colon       ¦ HTTP/1.1 200 OK~X→ : 1~Content-Length : 2~~ok                      ¦ X=1,Content-Length=2
          coding with a space        ¦ HTTP/1.1 200 OK~Transfer-Encoding : chunked~~2~ok~0~~              ¦ -
          length in two fields       ¦ HTTP/1.1 200 OK~Content-Length: 2~X: 1~content-length: 2~~ok       ¦ Content-Length=2,X=1
          length in a list           ¦ HTTP/1.1 200 OK~Content-Length: 2, 2~~ok                           ¦ Content-Length=2
          length with empty elements ¦ HTTP/1.1 200 OK~Content-Length: ,2,~~ok                            ¦ Content-Length=2
          length with zeros          ¦ HTTP/1.1 200 OK~Content-Length: 002~~ok                            ¦ Content-Length=002
          length and chunks          ¦ HTTP/1.1 200 OK~Content-Length: 9~Transfer-Encoding: chunked~~2~ok~0~~ ¦ -
          chunks and length          ¦ HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 9~~2~ok~0~~ ¦ -
          coding twice               ¦ HTTP/1.1 200 OK~Transfer-Encoding: chunked~Transfer-Encoding: Chunked~~2~ok~0~~ ¦ -
          coding twice in a list     ¦ HTTP/1.1 200 OK~Transfer-Encoding: chunked, chunked~~2~ok~0~~      ¦ -
          identity                   ¦ HTTP/1.1 200 OK~Transfer-Encoding: identity~Content-Length: 2~~ok  ¦ Content-Length=2
          LF line ends               ¦ HTTP/1.1 200 OK^X: 1^Content-Length: 2^^ok                         ¦ X=1,Content-Length=2
          LF in chunks               ¦ HTTP/1.1 200 OK^Transfer-Encoding: chunked^^2^ok^0^^               ¦ -
          no reason phrase           ¦ HTTP/1.1 200~Content-Length: 2~~ok                                 ¦ Content-Length=2
          empty reason phrase        ¦ HTTP/1.1 200 ~Content-Length: 2~~ok                                ¦ Content-Length=2
          two spaces                 ¦ HTTP/1.1  200  OK~Content-Length: 2~~ok                            ¦ Content-Length=2
          small letters              ¦ http/1.1 200 ok~Content-Length: 2~~ok                              ¦ Content-Length=2
          version of one number      ¦ HTTP/2 200 OK~Content-Length: 2~~ok                                ¦ Content-Length=2
          HTTP/1.0                   ¦ HTTP/1.0 200 OK~Content-Length: 2~~ok                              ¦ Content-Length=2
          empty lines first          ¦ ~~HTTP/1.1 200 OK~Content-Length: 2~~ok                            ¦ Content-Length=2
          folded line                ¦ HTTP/1.1 200 OK~X: 1~ 2~Content-Length: 2~~ok                      ¦ X=1 2,Content-Length=2
          space before the first field ¦ HTTP/1.1 200 OK~ X: 1~Content-Length: 2~~ok                      ¦ Content-Length=2
          line without a colon       ¦ HTTP/1.1 200 OK~X~Content-Length: 2~~ok                            ¦ Content-Length=2
          field without a name       ¦ HTTP/1.1 200 OK~: 1~Content-Length: 2~~ok                          ¦ Content-Length=2
          space in a name            ¦ HTTP/1.1 200 OK~X Y: 1~Content-Length: 2~~ok                       ¦ Content-Length=2
          bare CR in a value         ¦ HTTP/1.1 200 OK~X: 1@Y: 2~Content-Length: 2~~ok                    ¦ X=1 Y: 2,Content-Length=2
          NUL in a value             ¦ HTTP/1.1 200 OK~X: 1¤2~Content-Length: 2~~ok                       ¦ X=1 2,Content-Length=2
          field without a value      ¦ HTTP/1.1 200 OK~X:~Content-Length: 2~~ok                           ¦ X=,Content-Length=2
          trailers                   ¦ HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~ok~0~X: 1~bad~~      ¦ -
          no line after the last chunk ¦ HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~ok~0~              ¦ -
          """)
  void repairs(String blemish, String response, String fields) throws Exception {
    try (var server = once(unescaped(response))) {
      var outcome = send(server.uri(), post());
      assertThat(responded(outcome).response().headers())
          .extracting(field -> field.name() + "=" + field.value())
          .containsExactly(fields.equals("-") ? new String[0] : fields.split(","));
      assertThat(bytes(outcome)).containsExactly('o', 'k');
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK~Content-Length: 2~Transfer-Encoding: chunked~~2~ok~0~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked, chunked~~2~ok~0~~",
        "HTTP/1.0 200 OK~Connection: keep-alive~Transfer-Encoding: chunked~~2~ok~0~~",
        "HTTP/1.1 200 OK~Connection: close~Connection: keep-alive~Content-Length: 2~~ok",
        "HTTP/1.1 200 OK~Connection: keep-alive, close~Content-Length: 2~~ok",
        "HTTP/1.1 204 No Content~Content-Length: 2~~",
        "HTTP/1.1 204 No Content~Transfer-Encoding: chunked~~"
      })
  void usesNoConnectionAgainWhoseNextResponseIsUncertain(String response) throws Exception {
    try (var server = recording(unescaped(response));
        var client = new UpstreamClient(server.uri(), LONG, 1)) {
      for (int each = 1; each <= 2; each++) {
        responded(send(client, get()));
        assertThat(server.connections()).isEqualTo(each);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 201 Created~Content-Length: 50~~hello",
        "HTTP/1.1 201 Created~Transfer-Encoding: chunked~~5~hello~",
        "HTTP/1.1 201 Created~Transfer-Encoding: chunked~~xyz~",
        "HTTP/1.1 201 Created~Content-Length: 1~Content-Length: 2~~ab",
        "HTTP/1.1 201 Created~Content-Length: x~~ab",
        "HTTP/1.1 201 Created~Transfer-Encoding: gzip, chunked~~",
        "HTTP/1.1 201 Created~X: 1~",
        "HTTP/1.1 201 Created~X: 1",
        "HTTP/1.1 103 Early Hints~~HTTP/1.1 201 Created~X"
      })
  void reportsTheStatusOfAResponseThatEndsEarly(String response) throws Exception {
    try (var server = once(unescaped(response))) {
      assertUnknownAfter201(post(), server);
    }
  }

  @Test
  void reportsTheStatusOfAResponseThatIsReset() throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n");
          Thread.sleep(100);
          wire.reset();
        })) {
      assertUnknownAfter201(post(), server);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 201 Created~~hello", "HTTP/1.1 201 Created~X: 1~"})
  void reportsTheStatusIfTheTimeEndsWithinTheResponse(String begun) throws Exception {
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send(unescaped(begun));
          wire.readAll();
        })) {
      var attempt = attempt("POST", "/", List.of(), new byte[] {'x'}, Duration.ofMillis(400));
      assertThat(assertUnknownAfter201(attempt, server)).contains("PT0.4S");
    }
  }

  private String assertUnknownAfter201(Attempt attempt, ScriptedServer server) {
    var verdict = send(server.uri(), attempt).verdict();
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Unknown.class,
            why -> assertThat(why.cause()).startsWith("the upstream responded with 201, but "));
    return ((Verdict.Unknown) verdict).cause();
  }

  @Test
  void acceptsAHeadOf200KiB() throws Exception {
    var cookie = "x".repeat(100 * 1024);
    try (var server =
        once(
            "HTTP/1.1 200 OK\r\nA: "
                + cookie
                + "\r\nB: "
                + cookie
                + "\r\nContent-Length: 2\r\n\r\nok")) {
      assertThat(responded(send(server.uri(), post())).response().header("B")).contains(cookie);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 1_000, 100_000, 1_000_000})
  void refusesAHeadThatIsTooLong(int lineBytes) throws Exception {
    var line = "X: " + "x".repeat(lineBytes - 5) + "\r\n";
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 200 OK\r\n");
          while (true) {
            wire.send(line.repeat(Math.max(1, 100_000 / lineBytes)));
          }
        })) {
      assertThat(send(server.uri(), post()).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unknown.class,
              why -> assertThat(why.cause()).contains("with 200").contains("head of the upstream"));
    }
  }

  @Test
  void refusesTrailersThatAreTooLong() throws Exception {
    var line = "X: " + "x".repeat(10_000) + "\r\n";
    try (var server =
        new ScriptedServer(wire -> {
          wire.readRequest();
          wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
          while (true) {
            wire.send(line);
          }
        })) {
      assertThat(send(server.uri(), post()).verdict())
          .isInstanceOfSatisfying(
              Verdict.Unknown.class, why -> assertThat(why.cause()).contains("trailer section"));
    }
  }

  @Test
  void acceptsChunkLinesWithoutATotalLimit() throws Exception {
    var chunk = "2;" + "x".repeat(60_000) + "\r\nok\r\n";
    try (var server =
        once(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(10)
                + "0\r\n\r\n")) {
      assertThat(bytes(send(server.uri(), post()))).hasSize(20);
    }
  }

  @Test
  void skipsManyInterimResponses() throws Exception {
    var interim =
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    try (var server =
        once(interim.repeat(1_000) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
      assertThat(bytes(send(server.uri(), post()))).containsExactly('o', 'k');
    }
  }

  /// RFC 9110 section 5.5: bytes above 0x7F are opaque.
  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "ISO-8859-1"})
  void keepsBytesOutsideAsciiBothWays(String charset) throws Exception {
    var name =
        new String(
            "Übersicht à.pdf".getBytes(Charset.forName(charset)), StandardCharsets.ISO_8859_1);
    var value = "attachment; filename=\"" + name + "\"";
    try (var server =
        recording(
            "HTTP/1.1 200 OK\r\nContent-Disposition: "
                + value
                + "\r\nContent-Length: 2\r\n\r\nok")) {
      var sent = attempt("POST", "/", List.of(new Header("X-Name", value)), new byte[] {'x'});
      assertThat(responded(send(server.uri(), sent)).response().header("Content-Disposition"))
          .contains(value);
      assertThat(recorded()).contains("X-Name: " + value + "\r\n");
    }
  }

  private Attempt post() {
    return attempt("POST", "/", List.of(), new byte[] {'x'});
  }
}
