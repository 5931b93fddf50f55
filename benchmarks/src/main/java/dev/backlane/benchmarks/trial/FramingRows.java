package dev.backlane.benchmarks.trial;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/// How a server frames messages: for each row, what it returned to bytes that were sent raw.
final class FramingRows {
  private static final int PIPELINED = 2_000;
  private static final int TOO_LONG_BYTES = 17 * 1024;
  private static final int UNREAD_BYTES = 8 * 1024 * 1024;
  private static final String HOST = "Host: 127.0.0.1\r\n";
  private static final String GET = "GET / HTTP/1.1\r\n" + HOST + "\r\n";
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String SMALL_BODY = "Content-Length: 2\r\n\r\nab";

  private final Map<String, IntFunction<String>> rows = new LinkedHashMap<>();

  private FramingRows() {}

  /// The rows by name, each a function of a port.
  static Map<String, IntFunction<String>> all() {
    var rows = new FramingRows();
    rows.usual();
    rows.withoutContent();
    rows.chunks();
    rows.heads();
    rows.lengths();
    rows.targets();
    rows.connections();
    return rows.rows;
  }

  private void usual() {
    row("GET, then GET", GET + GET);
    row("POST, then GET", post(SMALL_BODY) + GET);
    rows.put(
        "1 MiB",
        port -> {
          var received = RawClient.exchange(port, get("/mib"));
          return received.summary() + ", " + received.body().length() + " bytes";
        });
    rows.put(
        "event stream",
        port -> {
          var received = RawClient.exchange(port, get("/events") + GET);
          return received.summary() + ", " + received.count("data: x") + " events";
        });
    rows.put("duplex", FramingRows::duplex);
    rows.put(
        "1xx on demand · Expect with an unread body",
        port -> {
          String expect = "Expect: 100-continue\r\n";
          return both(
              slowly(
                  port, "POST / HTTP/1.1\r\n" + HOST + expect + "Content-Length: 2\r\n\r\n", "ab"),
              RawClient.exchange(
                  port, "POST /refuse HTTP/1.1\r\n" + HOST + expect + "Content-Length: 2\r\n\r\n"));
        });
    rows.put("handler throws", port -> RawClient.exchange(port, get("/throws") + GET).summary());
    rows.put(
        "handler aborts within a body",
        port -> {
          var received = RawClient.exchange(port, get("/short") + GET);
          return received.summary() + ", " + received.body().length() + " of 10 bytes";
        });
  }

  private void withoutContent() {
    rows.put(
        "body on HEAD: 202, 1 MiB, chunked",
        port -> {
          var shown = new StringBuilder();
          for (String target : new String[] {"/", "/mib", "/events"}) {
            var received = RawClient.exchange(port, get(target).replaceFirst("GET", "HEAD"));
            shown.append(shown.isEmpty() ? "" : "; ");
            shown.append(received.body().length()).append(" bytes, length ");
            shown.append(received.field("Content-Length"));
          }
          return shown.toString();
        });
    rows.put(
        "HEAD that is refused (no Host)",
        port -> {
          var received = RawClient.exchange(port, "HEAD / HTTP/1.1\r\n\r\n");
          return received.summary() + ", body " + received.body().length();
        });
    for (String target : new String[] {"/no-content", "/not-modified"}) {
      rows.put(
          "length and body of " + (target.equals("/no-content") ? "204" : "304"),
          port -> {
            var received = RawClient.exchange(port, get(target));
            return received.summary()
                + ", length "
                + received.field("Content-Length")
                + ", body "
                + received.body().length();
          });
    }
  }

  private void chunks() {
    row("chunk extension with token", CHUNKED + "2;a=b\r\nab\r\n0\r\n\r\n" + GET);
    row("chunk extension with LF", CHUNKED + "2;\na\r\nab\r\n0\r\n\r\n");
    row("chunk extension with NUL", CHUNKED + "2;a\0\r\nab\r\n0\r\n\r\n");
    row("chunk extension with bare CR", CHUNKED + "2;a\rb\r\nab\r\n0\r\n\r\n");
    row("chunk size 0x3", CHUNKED + "0x3\r\nabc\r\n0\r\n\r\n");
    row("chunk size +3", CHUNKED + "+3\r\nabc\r\n0\r\n\r\n");
    row("chunk size -1", CHUNKED + "-1\r\nabc\r\n0\r\n\r\n");
    row("chunk size over 2^63", CHUNKED + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n");
    row("chunk size empty", CHUNKED + "\r\nabc\r\n0\r\n\r\n");
    row("chunk size, then VT", CHUNKED + "3\u000b\r\nabc\r\n0\r\n\r\n");
    row("chunk longer than its size", CHUNKED + "2\r\nabc\r\n0\r\n\r\n");
    row("chunk ended by LF", CHUNKED + "2\r\nab\n0\r\n\r\n");
    row("last chunk ended by LF", CHUNKED + "2\r\nab\r\n0\n\n");
    row("trailers, then GET", CHUNKED + "2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n" + GET);
    row("17 KiB of trailers", CHUNKED + "0\r\nX: " + "y".repeat(TOO_LONG_BYTES) + "\r\n\r\n");
  }

  private void heads() {
    row("CRLF before the request line", "\r\n" + GET);
    row("empty header name", get("/", ": x\r\n"));
    row("space before colon", get("/", "X-A : x\r\n"));
    row("bare CR in a value", get("/", "X-A: x\ry\r\n"));
    row("NUL in a value", get("/", "X-A: x\0y\r\n"));
    row("lone LF as line end", "GET / HTTP/1.1\nHost: 127.0.0.1\n\n");
    row("lone LF after a field", get("/", "X-A: x\nX-B: y\r\n"));
    row("obs-fold", get("/", "X-A: x\r\n y\r\n"));
    row("space before the first field", "GET / HTTP/1.1\r\n X-A: x\r\n" + HOST + "\r\n");
    row("no Host · two Hosts", "GET / HTTP/1.1\r\n\r\n", get("/", HOST));
    row("17 KiB head", get("/", "X-A: " + "y".repeat(TOO_LONG_BYTES) + "\r\n"));
    row("17 KiB of 2,900 fields", get("/", "X-A: y\r\n".repeat(TOO_LONG_BYTES / 6)));
    row("17 KiB target", get("/" + "a".repeat(TOO_LONG_BYTES)));
    row("HTTP/1.2 · HTTP/2.0", version("HTTP/1.2"), version("HTTP/2.0"));
    row("HTTP/0.9 · no HTTP", "GET /\r\n\r\n", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n");
    row(
        "method with a control byte · of 0xe9",
        "G\u0001T / HTTP/1.1\r\n" + HOST + "\r\n",
        "G\u00e9T / HTTP/1.1\r\n" + HOST + "\r\n");
    rows.put(
        "header order and case, repeated, 0xe9",
        port ->
            RawClient.exchange(
                    port,
                    get(
                        "/",
                        "X-Show: h\r\nx-B: 1\r\naCCept: x\r\nX-a: 2\r\nx-b: \u00e9\r\nAccept: y\r\n"))
                .body());
    rows.put(
        "own reason phrase",
        port -> RawClient.exchange(port, get("/reason")).head().lines().findFirst().orElse("none"));
  }

  private void lengths() {
    row(
        "duplicate Content-Length, equal",
        post("Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"));
    row(
        "duplicate Content-Length, differing",
        post("Content-Length: 2\r\nContent-Length: 3\r\n\r\nab"));
    row("Content-Length: 2, 2", post("Content-Length: 2, 2\r\n\r\nab"));
    row(
        "Content-Length +2 · -2 · 0x2",
        post("Content-Length: +2\r\n\r\nab"),
        post("Content-Length: -2\r\n\r\nab"),
        post("Content-Length: 0x2\r\n\r\nab"));
    row("Content-Length over 2^63", post("Content-Length: 99999999999999999999\r\n\r\nab"));
    row(
        "Content-Length and Transfer-Encoding",
        post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    row(
        "Transfer-Encoding: chunked, chunked",
        post("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"));
    row(
        "Transfer-Encoding twice",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    row(
        "Transfer-Encoding: gzip, chunked",
        post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"));
    row(
        "Transfer-Encoding: xchunked · chunked;a",
        post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked;a\r\n\r\n0\r\n\r\n"));
    row(
        "HTTP/1.0 with Transfer-Encoding",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  }

  private void targets() {
    for (String target :
        new String[] {
          "/a%2Fb?c=%20&d#e",
          "/%00",
          "/%zz",
          "/a/../b",
          "/../../a",
          "//a;b=c/./",
          "/a\\b|c{}\"^`",
          "/\u00e9",
          "http://other.test/a?b",
          "http://other.test?b",
          "*",
          "/a?b?c"
        }) {
      rows.put(
          "raw target " + target.replace("|", "\\|"),
          port -> {
            var received = RawClient.exchange(port, get(target, "X-Show: target\r\n"));
            return received.body().equals(target)
                ? "as sent"
                : received.summary()
                    + (received.body().isEmpty() || !received.text().contains(" 200 ")
                        ? ""
                        : ": " + received.body().replace("|", "\\|"));
          });
    }
    row("target with a space · with 0x01", get("/a b"), get("/a\u0001b"));
  }

  private void connections() {
    row(
        "HTTP/1.0 GET, keep-alive, GET",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    rows.put(
        "HTTP/1.0 event stream",
        port -> {
          var received = RawClient.exchange(port, "GET /events HTTP/1.0\r\n\r\n");
          return received.summary() + ", Transfer-Encoding " + received.field("Transfer-Encoding");
        });
    rows.put(
        "2,000 pipelined",
        port -> {
          var received = RawClient.exchange(port, GET.repeat(PIPELINED));
          return received.count("HTTP/1.1 202") + " of 202, " + received.end();
        });
    rows.put(
        "Connection: close",
        port -> {
          var received = RawClient.exchange(port, get("/", "Connection: close\r\n"));
          return received.summary() + ", Connection " + received.field("Connection");
        });
    rows.put(
        "413 with 8 MiB unread",
        port -> {
          String head = "POST /refuse HTTP/1.1\r\n" + HOST + "Content-Length: " + UNREAD_BYTES;
          return RawClient.exchange(port, head + "\r\n\r\n" + "z".repeat(UNREAD_BYTES)).summary();
        });
    row("413 with 2 B unread, then GET", "POST /refuse HTTP/1.1\r\n" + HOST + SMALL_BODY + GET);
    rows.put(
        "half-closed after the request",
        port -> {
          try (var client = new RawClient(port, 0)) {
            client.send(get("/events"));
            client.endOutput();
            var received = client.receive();
            return received.summary() + ", " + received.count("data: x") + " events";
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
        });
  }

  private static String duplex(int port) {
    try (var client = new RawClient(port, 0)) {
      client.send(
          "POST /duplex HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
      var first = client.receive();
      client.send("2\r\ncd\r\n0\r\n\r\n");
      var second = client.receive();
      return first.summary()
          + (first.text().contains("ab") ? ", 'ab' while sending" : ", nothing while sending")
          + (second.text().contains("cd") ? ", 'cd' after" : ", nothing after");
    } catch (IOException failed) {
      return failed.toString();
    }
  }

  private static RawClient.Received slowly(int port, String first, String second) {
    try (var client = new RawClient(port, 0)) {
      client.send(first);
      var early = client.receive();
      client.send(second);
      var late = client.receive();
      return new RawClient.Received(early.text() + late.text(), late.end());
    } catch (IOException failed) {
      return new RawClient.Received(failed.toString(), "failed");
    }
  }

  private static String both(RawClient.Received one, RawClient.Received other) {
    return one.summary() + " · " + other.summary();
  }

  private void row(String name, String... requests) {
    rows.put(
        name,
        port -> {
          var shown = new StringBuilder();
          for (String request : requests) {
            shown.append(shown.isEmpty() ? "" : " · ");
            shown.append(RawClient.exchange(port, request.getBytes(ISO_8859_1)).summary());
          }
          return shown.toString();
        });
  }

  private static String get(String target, String... fields) {
    return "GET " + target + " HTTP/1.1\r\n" + HOST + String.join("", fields) + "\r\n";
  }

  private static String post(String rest) {
    return "POST / HTTP/1.1\r\n" + HOST + rest;
  }

  private static String version(String version) {
    return "GET / " + version + "\r\n" + HOST + "\r\n";
  }
}
