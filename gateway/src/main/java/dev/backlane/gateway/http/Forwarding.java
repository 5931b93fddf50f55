package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.ArrayList;
import java.util.List;

/// Tells the upstream who called, and under which name (RFC 7239, and the older `X-Forwarded-*`).
public final class Forwarding {
  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";
  private static final String PORT = "X-Forwarded-Port";

  private Forwarding() {}

  /// The lines with this hop added: `Forwarded` and `X-Forwarded-For` grow by the peer's address; what a proxy in front has
  /// said of scheme, host and port stays, since it alone has seen how the client called.
  public static List<Header> added(List<Header> lines, ServerRequest request) {
    String peer = request.remotePeer().host();
    String scheme = request.isSecure() ? "https" : "http";
    String host = request.headers().first(HeaderNames.HOST).orElse("");
    List<Header> added = new ArrayList<>(lines.size() + 5);
    var before = new StringBuilder();
    boolean proto = false;
    boolean hosts = false;
    boolean port = false;
    for (Header line : lines) {
      if (line.is(FOR)) {
        before.append(line.value()).append(", ");
        continue;
      }
      proto |= line.is(PROTO);
      hosts |= line.is(HOST);
      port |= line.is(PORT);
      added.add(line);
    }
    added.add(new Header("Forwarded", forwarded(peer, host, scheme)));
    added.add(new Header(FOR, before.append(peer).toString()));
    if (!proto) {
      added.add(new Header(PROTO, scheme));
    }
    if (!hosts && !host.isEmpty()) {
      added.add(new Header(HOST, host));
    }
    if (!port) {
      added.add(new Header(PORT, port(host, request.isSecure())));
    }
    return added;
  }

  private static String forwarded(String peer, String host, String scheme) {
    // An IPv6 address holds colons, and so is bracketed and quoted (RFC 7239 section 6).
    String node = peer.indexOf(':') < 0 ? peer : "\"[" + peer + "]\"";
    // What a quoted string would have to escape is not in a host; a name with such characters is
    // not passed on.
    boolean quotable = !host.isEmpty() && host.indexOf('"') < 0 && host.indexOf('\\') < 0;
    return "for=" + node + (quotable ? ";host=\"" + host + "\"" : "") + ";proto=" + scheme;
  }

  private static String port(String host, boolean secure) {
    int colon = host.lastIndexOf(':');
    boolean told = colon >= 0 && host.indexOf(']', colon) < 0 && colon < host.length() - 1;
    return told ? host.substring(colon + 1) : secure ? "443" : "80";
  }
}
