package dev.backlane.engine.operation;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The request to send to the upstream, without its body.
///
/// @param method as received; methods are case-sensitive (RFC 9110 section 9.1)
/// @param target raw path and query as received, never decoded or encoded again; begins with `/`
/// @param headers the header fields to send, in order, without hop-by-hop headers and credentials
/// @param contentLength bytes of the body; 0 if there is none
public record Request(String method, String target, List<Header> headers, long contentLength) {
  // RFC 9110 section 9.2.2; TRACE and CONNECT are never stored.
  private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

  public Request {
    headers = List.copyOf(headers);
  }

  /// Whether the method is idempotent: sending the request twice has the same effect as once.
  public boolean idempotent() {
    return IDEMPOTENT.contains(method.toUpperCase(Locale.ROOT));
  }

  /// The target without its query.
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }
}
