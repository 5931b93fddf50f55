package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.util.ArrayList;
import java.util.List;

/// The header fields that report to the upstream who called, and under which host (RFC 7239, and
/// the older `X-Forwarded-*`). Stateless.
public final class Forwarding {
  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";
  private static final String PORT = "X-Forwarded-Port";

  private Forwarding() {}

  /// The fields of a call that may be sent to the upstream: all but the cookies with which
  /// operators sign in to Backlane.
  public static List<Header> forwardable(Call call) {
    var fields = call.headers();
    return call.header("Cookie").isPresent() ? OperatorCookies.without(fields) : fields;
  }

  /// The fields with this hop added. `Forwarded` and `X-Forwarded-For` grow by the address of the
  /// client's connection. Scheme, host and port that a proxy before this one reported stay, since
  /// that proxy is the one that the client called.
  public static List<Header> added(List<Header> fields, Call call) {
    String peer = call.peerAddress();
    String scheme = call.secure() ? "https" : "http";
    String host = call.header("Host").orElse("");
    List<Header> added = new ArrayList<>(fields.size() + 5);
    var before = new StringBuilder();
    boolean proto = false;
    boolean named = false;
    boolean port = false;
    for (Header field : fields) {
      if (field.is(FOR)) {
        before.append(field.value()).append(", ");
        continue;
      }
      proto |= field.is(PROTO);
      named |= field.is(HOST);
      port |= field.is(PORT);
      added.add(field);
    }
    added.add(new Header("Forwarded", forwarded(peer, host, scheme)));
    added.add(new Header(FOR, before.append(peer).toString()));
    if (!proto) {
      added.add(new Header(PROTO, scheme));
    }
    if (!named && !host.isEmpty()) {
      added.add(new Header(HOST, host));
    }
    if (!port) {
      added.add(new Header(PORT, port(host, call.secure())));
    }
    return added;
  }

  private static String forwarded(String peer, String host, String scheme) {
    // An IPv6 address holds colons, and so is bracketed and quoted (RFC 7239 section 6).
    String node = peer.indexOf(':') < 0 ? peer : "\"[" + peer + "]\"";
    // A host has no character that a quoted string must escape; one that has is not reported.
    boolean quotable = !host.isEmpty() && host.indexOf('"') < 0 && host.indexOf('\\') < 0;
    return "for=" + node + (quotable ? ";host=\"" + host + "\"" : "") + ";proto=" + scheme;
  }

  private static String port(String host, boolean secure) {
    int colon = host.lastIndexOf(':');
    boolean given = colon >= 0 && host.indexOf(']', colon) < 0 && colon < host.length() - 1;
    return given ? host.substring(colon + 1) : secure ? "443" : "80";
  }
}
