package dev.backlane.app.fuzz;

import dev.backlane.app.fuzz.EchoUpstream.Scripted;
import java.util.Random;

/// Responses of an upstream, most of them changed, some followed by the bytes of another response.
final class ResponseGenerator {
  private static final String[] STATUSES = {
    "200 OK",
    "200",
    "201 Created",
    "204 No Content",
    "206 Partial Content",
    "304 Not Modified",
    "400 Bad",
    "401 Unauthorized",
    "404 Not Found",
    "409 Conflict",
    "500 Oops",
    "503 Busy",
    "299 \u00e9\u0080",
    "999 X",
    "600 X",
    "099 X",
    "1000 X",
    "20 X",
    "2000 X",
    "-1 X",
    "abc",
    "200OK",
    "101 Switching Protocols",
    "200 \0"
  };
  private static final String[] FIELDS = {
    "X-A: 1",
    "X-A : 1",
    "Content-Disposition: attachment; filename=\"\u00dc\u0085\"",
    "Set-Cookie: a=b",
    "Connection: close",
    "Connection: keep-alive",
    "Connection: X-A",
    "Keep-Alive: timeout=5",
    "X-A: 1\r\n 2",
    "Content-Type: text/plain",
    "Content-Encoding: gzip",
    "Location: /x",
    "Retry-After: 2.0",
    "Date: x",
    "WWW-Authenticate: NTLM",
    "Persistent-Auth: true",
    "Upgrade: h2c",
    "Trailer: X-T",
    "X-A",
    ": 1",
    "X A: 1",
    "X-\u00e9: 1",
    "X-A: \0",
    "X-A: 1\rX-B: 2",
    "Content-Range: bytes 0-0/1",
    "ETag: W/\"x\"",
    "Age: -1",
    "X-Request: \u007f",
    "Server: s",
    "Transfer_Encoding: chunked",
    "Proxy-Authenticate: Negotiate"
  };
  private static final String[] LENGTHS = {
    "0",
    "1",
    "00002",
    "+2",
    "-1",
    "0x2",
    "2, 2",
    "2,3",
    "",
    "9223372036854775808",
    "99999999999",
    "2 2",
    "abc"
  };
  private static final String[] CODINGS = {
    "chunked",
    "Chunked",
    "chunked, chunked",
    "gzip, chunked",
    "identity",
    "\"chunked\"",
    "xchunked",
    "",
    "chunked;q=1"
  };
  private static final String[] SIZES = {
    "SIZE",
    "SIZE ",
    "0SIZE",
    "+SIZE",
    "-SIZE",
    "0xSIZE",
    "SIZE;a=b",
    "SIZE;a\rb",
    "g",
    "",
    "7fffffffffffffff",
    "FFFFFFFFFFFFFFFFF",
    "SIZE\u000b"
  };
  private static final String[] INTERIMS = {
    "",
    "",
    "",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    "\r\n",
    "HTTP/1.1 199\r\n\r\n"
  };
  private static final String[] VERSIONS = {
    "HTTP/1.1", "HTTP/1.0", "HTTP/2", "http/1.1", "HTTP/1.2", "ICY", "HTTP/9.9"
  };

  /// A response that no caller may get.
  private static final String SPLIT =
      "HTTP/1.1 200 OK\r\nX-Split: 1\r\nContent-Length: 5\r\n\r\nsplit";

  private final int number;
  private final Random random;
  private final Mutations mutations;

  ResponseGenerator(long seed, int number) {
    this.number = number;
    this.random = new Random(seed + number);
    this.mutations = new Mutations(random);
  }

  /// Whether this is one of the responses that are not changed.
  boolean plain() {
    return number % 10 == 0;
  }

  Scripted response() {
    if (plain()) {
      return new Scripted("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    }
    if (number % 10 == 1) {
      // A complete response with the bytes of another behind it, on a connection that stays open.
      return new Scripted(message("HTTP/1.1", "200 OK", 2) + SPLIT, false);
    }
    var version = random.nextInt(6) == 0 ? mutations.one(VERSIONS) : "HTTP/1.1";
    var status = random.nextInt(3) == 0 ? mutations.one(STATUSES) : "200 OK";
    var message = mutations.one(INTERIMS) + message(version, status, 8);
    for (int more = random.nextInt(3); more > 0; more--) {
      message =
          switch (random.nextInt(7)) {
            case 0, 1 -> mutations.bytes(message);
            case 2, 3 -> mutations.lines(message);
            case 4 -> mutations.lineEnds(message);
            case 5 -> mutations.truncated(message);
            default -> message + SPLIT;
          };
    }
    return new Scripted(message, true);
  }

  private String message(String version, String status, int framings) {
    var head = new StringBuilder(version + " " + status + "\r\n");
    for (int more = framings == 2 ? 0 : random.nextInt(4); more > 0; more--) {
      head.append(mutations.one(FIELDS)).append("\r\n");
    }
    var content = "x".repeat(1 + random.nextInt(random.nextInt(8) == 0 ? 40_000 : 200));
    return switch (random.nextInt(framings)) {
      case 0, 2 -> head + "Content-Length: " + content.length() + "\r\n\r\n" + content;
      case 1, 3 -> head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(content, framings == 2);
      case 4 -> head + "\r\n" + content;
      case 5 -> head + "Content-Length: " + mutations.one(LENGTHS) + "\r\n\r\n" + content;
      case 6 ->
          head + "Content-Length: 2\r\nContent-Length: " + mutations.one(LENGTHS) + "\r\n\r\nok";
      default ->
          head
              + (random.nextBoolean() ? "Content-Length: " + content.length() + "\r\n" : "")
              + "Transfer-Encoding: "
              + mutations.one(CODINGS)
              + "\r\n\r\n"
              + chunks(content, false);
    };
  }

  private String chunks(String content, boolean valid) {
    var chunks = new StringBuilder();
    for (int at = 0; at < content.length(); ) {
      int length = Math.min(content.length() - at, 1 + random.nextInt(5_000));
      var size = Integer.toHexString(length);
      boolean odd = !valid && random.nextInt(10) == 0;
      chunks.append(odd ? mutations.one(SIZES).replace("SIZE", size) : size);
      chunks.append("\r\n").append(content, at, at + length).append("\r\n");
      at += length;
    }
    return chunks
        .append(valid || random.nextInt(4) > 0 ? "0\r\n\r\n" : "0\r\nX-T: 1\r\nbad\r\n\r\n")
        .toString();
  }
}
