package dev.backlane.gateway.http.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Problem;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The requests that are accepted and refused. In the rows, `~` is CR LF, `^` is LF, `@` is CR,
/// `¤` is NUL and `§N§` are N letters.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(20)
final class RequestFramingTest {
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

  private JettyListener listener;

  @BeforeAll
  void open() {
    listener = Listeners.open(Listeners::echo);
  }

  @AfterAll
  void close() {
    listener.close();
  }

  private static String bytes(String row) {
    var text = row.replace("~", "\r\n").replace("^", "\n").replace("@", "\r").replace("¤", "\0");
    int sign = text.indexOf('§');
    if (sign < 0) {
      return text;
    }
    int end = text.indexOf('§', sign + 1);
    int count = Integer.parseInt(text.substring(sign + 1, end));
    return text.substring(0, sign) + "x".repeat(count) + text.substring(end + 1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      maxCharsPerColumn = 100_000,
      textBlock =
          """
          no content                 ¦ GET /a HTTP/1.1~Host: a~~                                             ¦ GET /a|
          content with length        ¦ POST /a HTTP/1.1~Host: a~Content-Length: 3~~abc                       ¦ POST /a|abc
          content in chunks          ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked~~1~a~2~bc~0~~     ¦ POST /a|abc
          coding in capitals         ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: CHUNKED~~1~a~0~~          ¦ POST /a|a
          chunk size with zeros      ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked~~0001~a~000~~     ¦ POST /a|a
          chunk extension            ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked~~1;k=v;q="x y"~a~0~~ ¦ POST /a|a
          trailers                   ¦ POST /a HTTP/1.1~Host: a~Trailer: X~Transfer-Encoding: chunked~~1~a~0~X: 1~Y: 2~~ ¦ POST /a|a
          CR LF before the request   ¦ ~~GET /a HTTP/1.1~Host: a~~                                           ¦ GET /a|
          absolute form              ¦ GET http://b:1/a?q HTTP/1.1~Host: a~~                                 ¦ GET /a?q|
          absolute form without path ¦ GET http://b HTTP/1.1~Host: a~~                                       ¦ GET /|
          absolute form with query only ¦ GET http://b?q/r HTTP/1.1~Host: a~~                                ¦ GET /?q/r|
          absolute form with fragment only ¦ GET http://b#f HTTP/1.1~Host: a~~                               ¦ GET /#f|
          OPTIONS asterisk           ¦ OPTIONS * HTTP/1.1~Host: a~~                                          ¦ 'OPTIONS *|'
          method in small letters    ¦ get /a HTTP/1.1~Host: a~~                                             ¦ get /a|
          unknown method             ¦ M-SEARCH /a HTTP/1.1~Host: a~~                                        ¦ M-SEARCH /a|
          encoded NUL                ¦ GET /%00 HTTP/1.1~Host: a~~                                           ¦ GET /%00|
          invalid percent            ¦ GET /%zz% HTTP/1.1~Host: a~~                                          ¦ GET /%zz%|
          dots above the root        ¦ GET /../a/%2e%2e/..;/.//b HTTP/1.1~Host: a~~                          ¦ GET /../a/%2e%2e/..;/.//b|
          encoded slash              ¦ GET /a%2Fb%5c\\;x=1?q=%2f HTTP/1.1~Host: a~~                          ¦ GET /a%2Fb%5c\\;x=1?q=%2f|
          fragment                   ¦ GET /a#b HTTP/1.1~Host: a~~                                           ¦ GET /a#b|
          characters not in URIs     ¦ GET /{a}|"<>`[^] HTTP/1.1~Host: a~~                                   ¦ 400
          brackets and pipes         ¦ GET /{a}|"<>`[] HTTP/1.1~Host: a~~                                    ¦ GET /{a}|"<>`[]|
          upgrade without connection ¦ GET /a HTTP/1.1~Host: a~Upgrade: h2c~~                                ¦ GET /a|
          upgrade                    ¦ GET /a HTTP/1.1~Host: a~Connection: Upgrade~Upgrade: websocket~~      ¦ GET /a|
          empty field value          ¦ GET /a HTTP/1.1~Host: a~X:~~                                          ¦ GET /a|
          tab around a value         ¦ GET /a HTTP/1.1~Host: a~X:\t1\t~~                                     ¦ GET /a|
          Host with port             ¦ GET /a HTTP/1.1~Host: my_host:8080~~                                  ¦ GET /a|
          CONNECT                    ¦ CONNECT a:1 HTTP/1.1~Host: a:1~~                                      ¦ CONNECT a:1|
          """)
  void accepts(String what, String request, String expected) throws IOException {
    if (expected.equals("400")) {
      refuses(what, request, 400);
      return;
    }
    try (var client = new RawClient(listener.port())) {
      var response = client.send(bytes(request)).receive();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.content()).isEqualTo(expected);
      assertThat(client.send(NEXT).receive().content()).isEqualTo("GET /next|");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      maxCharsPerColumn = 100_000,
      textBlock =
          """
          no Host                    ¦ GET /a HTTP/1.1~~                                                     ¦ 400
          two Hosts                  ¦ GET /a HTTP/1.1~Host: a~Host: a~~                                     ¦ 400
          line folding               ¦ GET /a HTTP/1.1~Host: a~X: 1~ 2~~                                     ¦ 400
          folding of the first field ¦ GET /a HTTP/1.1~ X: 1~Host: a~~                                       ¦ 400
          lone LF in the head        ¦ GET /a HTTP/1.1^Host: a^^                                             ¦ 400
          lone LF after a field      ¦ GET /a HTTP/1.1~Host: a~X: 1^Y: 2~~                                   ¦ 400
          lone LF before the request ¦ ^GET /a HTTP/1.1~Host: a~~                                            ¦ 400
          bare CR in a value         ¦ GET /a HTTP/1.1~Host: a~X: 1@2~~                                      ¦ 400
          NUL in a value             ¦ GET /a HTTP/1.1~Host: a~X: 1¤2~~                                     ¦ 400
          byte outside ASCII in an authority ¦ GET http://é/a HTTP/1.1~Host: a~~                     ¦ 400
          method that is no token    ¦ \\GET /a HTTP/1.1~Host: a~~                                         ¦ 400
          colon in the method        ¦ G:T /a HTTP/1.1~Host: a~~                                           ¦ 400
          NUL in a target            ¦ GET /a¤ HTTP/1.1~Host: a~~                                           ¦ 400
          space before the colon     ¦ GET /a HTTP/1.1~Host: a~X : 1~~                                       ¦ 400
          no colon                   ¦ GET /a HTTP/1.1~Host: a~X~~                                           ¦ 400
          empty field name           ¦ GET /a HTTP/1.1~Host: a~: 1~~                                         ¦ 400
          letter outside ASCII in a name ¦ GET /a HTTP/1.1~Host: a~Xé: 1~~                                   ¦ 400
          two lengths                ¦ POST /a HTTP/1.1~Host: a~Content-Length: 1~Content-Length: 2~~ab      ¦ 400
          two equal lengths          ¦ POST /a HTTP/1.1~Host: a~Content-Length: 1~Content-Length: 1~~a       ¦ 400
          list of lengths            ¦ POST /a HTTP/1.1~Host: a~Content-Length: 1, 1~~a                      ¦ 400
          negative length            ¦ POST /a HTTP/1.1~Host: a~Content-Length: -1~~                         ¦ 400
          signed length              ¦ POST /a HTTP/1.1~Host: a~Content-Length: +1~~a                        ¦ 400
          huge length                ¦ POST /a HTTP/1.1~Host: a~Content-Length: 9223372036854775808~~        ¦ 400
          length and chunks          ¦ POST /a HTTP/1.1~Host: a~Content-Length: 1~Transfer-Encoding: chunked~~0~~ ¦ 400
          chunks and length          ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked~Content-Length: 1~~0~~ ¦ 400
          chunked twice              ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked, chunked~~0~~     ¦ 400
          coding after chunked       ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: chunked, gzip~~0~~        ¦ 400
          coding without chunked     ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: gzip~~                    ¦ 400
          coding before chunked      ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked~~0~~        ¦ 501
          quoted chunked             ¦ POST /a HTTP/1.1~Host: a~Transfer-Encoding: "chunked"~~0~~            ¦ 400
          chunks with HTTP/1.0       ¦ POST /a HTTP/1.0~Host: a~Transfer-Encoding: chunked~~0~~              ¦ 400
          long target                ¦ GET /§17000§ HTTP/1.1~Host: a~~                                       ¦ 414
          very long target           ¦ GET /§90000§ HTTP/1.1~Host: a~~                                       ¦ 414
          long head                  ¦ GET /a HTTP/1.1~Host: a~X: §17000§~~                                  ¦ 431
          very long head             ¦ GET /a HTTP/1.1~Host: a~X: §90000§~~                                  ¦ 431
          no version                 ¦ GET /a~~                                                              ¦ 505
          unknown version            ¦ GET /a HTTP/3.0~Host: a~~                                             ¦ 505
          HTTP/2 preface             ¦ PRI * HTTP/2.0~~SM~~                                                  ¦ 505
          unknown expectation        ¦ GET /a HTTP/1.1~Host: a~Expect: 200-ok~~                              ¦ 417
          no HTTP                    ¦ hello~                                                                ¦ 400
          TLS                        ¦ @XX                                                                   ¦ 400
          invalid Host               ¦ GET /a HTTP/1.1~Host: a b~~                                           ¦ 400
          """)
  void refuses(String what, String request, int status) throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send(bytes(request)).receive();
      assertThat(response.status()).as(response.statusLine()).isEqualTo(status);
      assertThat(response.field("Content-Type")).hasValue(Problem.MEDIA_TYPE);
      assertThat(response.content()).contains("\"status\":" + status, "\"detail\":\"");
      assertThat(response.field("Connection")).hasValue("close");
      assertThat(response.field("Server")).isEmpty();
      assertThat(response.field("Date")).isPresent();
      assertThat(client.rest()).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      textBlock =
          """
          LF after the size          ¦ 1^a~0~~
          LF after the chunk         ¦ 1~a^0~~
          LF in an extension         ¦ 1;a^b~a~0~~
          NUL in an extension        ¦ 1;a¤b~a~0~~
          bare CR in an extension    ¦ 1;a@b~a~0~~
          vertical tab               ¦ 1\013~a~0~~
          delete                     ¦ 1;\177~a~0~~
          hexadecimal prefix         ¦ 0x1~a~0~~
          signed size                ¦ +1~a~0~~
          no size                    ¦ ~a~0~~
          letter that is no digit    ¦ g~a~0~~
          huge size                  ¦ FFFFFFFFFFFFFFFFF~a~0~~
          chunk longer than its size ¦ 1~ab~0~~
          LF after the last chunk    ¦ 1~a~0^^
          folded trailer             ¦ 1~a~0~X: 1~ 2~~
          space after the size       ¦ 1 ~a~0~~
          LF in the last line        ¦ 1~a~0~X: 1^~
          space before the colon of a trailer ¦ 1~a~0~X : 1~~
          """)
  void refusesChunks(String what, String chunks) throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      var response = client.send(bytes(chunks)).receive();
      assertThat(response.status()).isEqualTo(400);
      assertThat(response.content()).contains("\"status\":400");
      assertThat(client.rest()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"^", "@", "@@", "~^", "^~", "@~", "~@", "~~^~"})
  void refusesOtherLineBreaksBeforeALaterRequest(String breaks) throws IOException {
    for (int pieces = 1; pieces <= 2; pieces++) {
      try (var client = new RawClient(listener.port())) {
        var first = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na" + bytes(breaks);
        if (pieces == 1) {
          client.send(first + NEXT);
          assertThat(client.receive().content()).isEqualTo("POST /a|a");
        } else {
          client.send(first);
          assertThat(client.receive().content()).isEqualTo("POST /a|a");
          client.send(NEXT);
        }
        assertThat(client.receive().status()).isEqualTo(400);
        assertThat(client.rest()).isEmpty();
      }
    }
  }

  @Test
  void skipsEmptyLinesBeforeALaterRequest() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send(NEXT + "\r\n\r\n" + NEXT);
      assertThat(client.receive().content()).isEqualTo("GET /next|");
      assertThat(client.receive().content()).isEqualTo("GET /next|");
      client.send("\r").send("\n\r").send("\n").send(NEXT);
      assertThat(client.receive().content()).isEqualTo("GET /next|");
    }
  }

  @Test
  void refusesHeadRequestsWithoutContent() throws IOException {
    try (var client = new RawClient(listener.port())) {
      var response = client.send("HEAD /a HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n").receive(true);
      assertThat(response.status()).isEqualTo(400);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void servesRequestsSentTogether() throws IOException {
    try (var client = new RawClient(listener.port())) {
      client.send(NEXT.repeat(2000));
      for (int each = 0; each < 2000; each++) {
        assertThat(client.receive().content()).isEqualTo("GET /next|");
      }
    }
  }

  @Test
  void servesRequestsSentByteByByte() throws IOException {
    var request =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\nX: 1\r\n\r\n";
    try (var client = new RawClient(listener.port())) {
      for (int each = 0; each < request.length(); each++) {
        client.send(request.substring(each, each + 1));
      }
      assertThat(client.receive().content()).isEqualTo("POST /a|a");
      assertThat(client.send(NEXT).receive().content()).isEqualTo("GET /next|");
    }
  }
}
