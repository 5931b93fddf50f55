package dev.backlane.system.hostile;

import static dev.backlane.system.hostile.HostileInput.malformed;
import static dev.backlane.system.hostile.HostileInput.passed;
import static dev.backlane.system.hostile.HostileInput.refused;
import static dev.backlane.system.hostile.HostileInput.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.RecordingApi;
import java.util.ArrayList;
import java.util.List;

/// Hostile framing: bytes in which two servers could see different requests.
final class HostileFraming {
  private static final String POST = "POST /framing";
  private static final String CHUNKED = "Transfer-Encoding: chunked";
  private static final String TRIGGER = "erp-api-background: none";

  /// A request that must never reach the upstream.
  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: api.example\r\n\r\n";

  private HostileFraming() {}

  static List<HostileInput> rows() {
    var rows = new ArrayList<HostileInput>();
    rows.addAll(transferEncodings());
    rows.addAll(lengths());
    rows.addAll(chunks());
    rows.addAll(pipelines());
    return rows;
  }

  private static List<HostileInput> transferEncodings() {
    var rows = new ArrayList<HostileInput>();
    rows.add(
        malformed("CL.TE", request(POST, "Content-Length: 6", CHUNKED) + "0\r\n\r\n" + SMUGGLED));
    rows.add(
        malformed(
            "TE.CL",
            request(POST, CHUNKED, "Content-Length: 4") + "5c\r\n" + SMUGGLED + "\r\n0\r\n\r\n"));
    for (String line :
        List.of(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: chunked;q=1",
            "Transfer-Encoding:",
            "Transfer-Encoding:\u000bchunked",
            "Transfer-Encoding: chun\u0000ked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding\t: chunked",
            " Transfer-Encoding: chunked",
            "X: 1\n Transfer-Encoding: chunked",
            "X: 1\rTransfer-Encoding: chunked",
            "Transfer-Encoding:\r\n chunked")) {
      rows.add(malformed("TE: " + line, request(POST, line) + "0\r\n\r\n" + SMUGGLED));
    }
    rows.add(
        refused(
            "TE: a coding besides chunked",
            request(POST, "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n",
            501,
            "invalid-request"));
    rows.add(
        passed(
            "TE: a tab before the value, forwarded as one field",
            request(POST, "transfer-encoding:\tChunked\t") + "2\r\nab\r\n0\r\n\r\n",
            POST,
            CHUNKED));
    rows.add(
        HostileInput.of(
            "TE: with an underscore it is another header, so the body is the next request",
            request(POST, "Transfer_Encoding: chunked") + "0\r\n\r\n",
            (response, upstream) -> {
              assertThat(response).startsWith("HTTP/1.1 200 ").contains("HTTP/1.1 400 ");
              assertThat(upstream).hasSize(1);
              assertThat(upstream.getFirst().values("Content-Length")).isEmpty();
            }));
    rows.add(
        passed(
            "Connection names Content-Length, which still frames the body",
            request(POST, "Connection: Content-Length", "Content-Length: 2") + "ab",
            POST,
            "Content-Length: 2"));
    rows.add(
        passed(
            "Connection names Transfer-Encoding, which still frames the body",
            request(POST, "Connection: Transfer-Encoding", CHUNKED) + "2\r\nab\r\n0\r\n\r\n",
            POST,
            CHUNKED));
    return rows;
  }

  private static List<HostileInput> lengths() {
    var rows = new ArrayList<HostileInput>();
    for (String length :
        List.of(
            "1\r\nContent-Length: 1",
            "1\r\nContent-Length: 2",
            "1, 1",
            "1,2",
            "-1",
            "+1",
            "0x1",
            "1e1",
            "1.0",
            "1 1",
            "",
            "99999999999999999999",
            "\u00b2")) {
      rows.add(
          malformed("Content-Length: " + length, request(POST, "Content-Length: " + length) + "a"));
    }
    rows.add(
        refused(
            "Content-Length: the largest long, in the background",
            HostileInput.authorized(POST, TRIGGER, "Content-Length: 9223372036854775807"),
            413,
            "payload-too-large"));
    rows.add(
        HostileInput.of(
            "Content-Length: a million, proxied, with one byte",
            request(POST, "Content-Length: 1000000") + "a",
            (response, upstream) -> {
              assertThat(response).isEmpty();
              assertThat(upstream).isEmpty();
            }));
    rows.add(
        HostileInput.of(
            "Content-Length: the largest long, proxied",
            request(POST, "Content-Length: 9223372036854775807") + "a",
            (response, upstream) -> {
              assertThat(response).doesNotStartWith("HTTP/1.1 2");
              assertThat(upstream).isEmpty();
            }));
    return rows;
  }

  private static List<HostileInput> chunks() {
    var rows = new ArrayList<HostileInput>();
    for (String body :
        List.of(
            "zz\r\nab\r\n0\r\n\r\n",
            "-1\r\nab\r\n0\r\n\r\n",
            "+2\r\nab\r\n0\r\n\r\n",
            "0x2\r\nab\r\n0\r\n\r\n",
            "\r\n\r\n",
            ";a\r\nab\r\n0\r\n\r\n",
            " 2\r\nab\r\n0\r\n\r\n",
            "2\nab\n0\n\n",
            "2\r\nabXX0\r\n\r\n",
            "2\r\nabcd\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nab\r\n0\r\n\r\n",
            "10000000000000002\r\nab\r\n0\r\n\r\n",
            "2;a\nb\r\nab\r\n0\r\n\r\n")) {
      var shown = body.length() > 40 ? body.substring(0, 40) : body;
      rows.add(malformed("chunks, proxied: " + shown, request(POST, CHUNKED) + body));
      rows.add(
          malformed(
              "chunks, in the background: " + shown,
              HostileInput.authorized(POST, TRIGGER, CHUNKED) + body));
    }
    for (String body :
        List.of(
            "2\r\nab\r\n0\r\nX: trailer\r\n\r\n",
            "2;" + "x".repeat(5000) + "\r\nab\r\n0\r\n\r\n")) {
      var shown = body.length() > 40 ? body.substring(0, 40) : body;
      rows.add(
          passed(
              "trailers and long extensions, proxied: " + shown,
              request(POST, CHUNKED) + body,
              POST,
              CHUNKED));
      rows.add(
          HostileInput.of(
              "trailers and long extensions, in the background: " + shown,
              HostileInput.authorized(POST, TRIGGER, CHUNKED) + body,
              (response, upstream) -> {
                assertThat(response).startsWith("HTTP/1.1 202 ");
                assertThat(upstream).hasSize(1);
                assertThat(upstream.getFirst().values("X")).isEmpty();
              }));
    }
    rows.add(
        passed(
            "a chunk extension is ignored",
            request(POST, CHUNKED) + "2;name=\"a;b\"\r\nab\r\n0\r\n\r\n",
            POST,
            CHUNKED));
    rows.add(
        refused(
            "a truncated chunk of 2 GiB, in the background",
            HostileInput.authorized(POST, TRIGGER, CHUNKED) + "7fffffff\r\nab",
            400,
            "invalid-request"));
    return rows;
  }

  private static List<HostileInput> pipelines() {
    return List.of(
        HostileInput.of(
            "two pipelined requests stay two requests, in order",
            request("GET /pipelined/1") + request("GET /pipelined/2"),
            (response, upstream) -> {
              assertThat(response.split("HTTP/1.1 200 ", -1)).hasSize(3);
              assertThat(upstream)
                  .extracting(RecordingApi.Received::target)
                  .containsExactly("/pipelined/1", "/pipelined/2");
            }),
        HostileInput.of(
            "bytes after a refusal with an unread body are read as its body",
            request("POST /v1/background", "Content-Length: " + SMUGGLED.length())
                + SMUGGLED
                + request("GET /pipelined/3"),
            (response, upstream) -> {
              assertThat(response).startsWith("HTTP/1.1 401 ");
              assertThat(upstream)
                  .extracting(RecordingApi.Received::target)
                  .containsExactly("/pipelined/3");
            }),
        HostileInput.of(
            "a request after Connection: close is ignored",
            request("GET /pipelined/4", "Connection: close") + SMUGGLED,
            (response, upstream) -> {
              assertThat(response).startsWith("HTTP/1.1 200 ");
              assertThat(upstream).hasSize(1);
            }));
  }
}
