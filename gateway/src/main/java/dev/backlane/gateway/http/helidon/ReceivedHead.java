package dev.backlane.gateway.http.helidon;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.HopByHop;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import io.helidon.webserver.http.ServerRequest;
import java.util.ArrayList;
import java.util.List;

/// Reads a request's head without the decoding, folding and splitting that Helidon offers. Stateless.
final class ReceivedHead {
  /// What Helidon, which reads heads as ASCII, puts in place of every other byte.
  private static final char REPLACED = '\ufffd';

  private ReceivedHead() {}

  static String target(ServerRequest request) {
    var prologue = request.prologue();
    // A fragment is not part of HTTP; if a client sends one all the same, the upstream receives it.
    String fragment = prologue.fragment().hasValue() ? "#" + prologue.fragment().rawValue() : "";
    String path = prologue.uriPath().rawPath();
    return (path.startsWith("/") ? path : afterAuthority(path))
        + (prologue.hasQuery() ? "?" + prologue.query().rawValue() : "")
        + fragment;
  }

  private static String afterAuthority(String path) {
    int scheme = path.indexOf("://");
    if (scheme < 0) {
      return path;
    }
    int slash = path.indexOf('/', scheme + 3);
    return slash < 0 ? "/" : path.substring(slash);
  }

  /// All fields. Helidon groups fields of the same name, in order.
  static List<Header> headers(ServerRequest request) {
    var received = request.headers();
    List<Header> headers = new ArrayList<>(received.size() + 5);
    for (var header : received) {
      if (header.valueCount() == 1) {
        headers.add(new Header(header.name(), header.get()));
      } else {
        header.allValues().forEach(value -> headers.add(new Header(header.name(), value)));
      }
    }
    return headers;
  }

  /// Refuses a value of which Helidon has lost bytes. The trigger header has a grammar of its own,
  /// and is never passed on.
  ///
  /// @throws ProblemException 400, and the connection is closed
  static void requireExact(List<Header> headers) {
    for (Header field : headers) {
      if (field.value().indexOf(REPLACED) >= 0 && !HopByHop.isTrigger(field.name())) {
        throw Problems.malformed(
            "A header field holds a byte outside ASCII, which cannot be passed on as received. Encode it as"
                + " RFC 8187 describes, or remove it.");
      }
    }
  }
}
