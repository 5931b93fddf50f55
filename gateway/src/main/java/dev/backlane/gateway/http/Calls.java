package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads from a request what Helidon would decode, fold or split: Backlane passes a call on as it came.
public final class Calls {
  private Calls() {}

  /// Path and query byte for byte as they were received; of an absolute-form target (RFC 9112 section 3.2.2) the part behind
  /// the authority, as origin servers expect it.
  public static String target(ServerRequest request) {
    var prologue = request.prologue();
    // A fragment is not part of HTTP; where one was sent all the same, the upstream shall see it
    // too.
    String fragment = prologue.fragment().hasValue() ? "#" + prologue.fragment().rawValue() : "";
    return path(request)
        + (prologue.hasQuery() ? "?" + prologue.query().rawValue() : "")
        + fragment;
  }

  /// The path of [#target].
  public static String path(ServerRequest request) {
    String path = request.prologue().uriPath().rawPath();
    return path.startsWith("/") ? path : ofAbsoluteForm(path);
  }

  private static String ofAbsoluteForm(String path) {
    int scheme = path.indexOf("://");
    if (scheme < 0) {
      return path;
    }
    int slash = path.indexOf('/', scheme + 3);
    return slash < 0 ? "/" : path.substring(slash);
  }

  /// All header lines. The server groups lines of the same name, in order; names that it knows get their usual letter case.
  public static List<Header> headers(ServerRequest request) {
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

  /// The header lines that may be passed on: [#headers] without the cookies that operators sign in with.
  public static List<Header> foreignHeaders(ServerRequest request) {
    var headers = headers(request);
    return headers.stream().anyMatch(header -> header.is("Cookie"))
        ? OperatorCookies.without(headers)
        : headers;
  }

  /// The values of all lines of a name, as they came: the server's own `values` would cut each at its commas.
  public static List<String> values(ServerRequest request, String name) {
    return request.headers().all(HeaderNames.create(name), List::of);
  }

  /// The value of the first line of a name.
  public static Optional<String> first(ServerRequest request, String name) {
    return first(request, HeaderNames.create(name));
  }

  /// As [#first(ServerRequest, String)], for a name at hand.
  public static Optional<String> first(ServerRequest request, HeaderName name) {
    return request.headers().first(name);
  }
}
