package dev.backlane.gateway.forwarding;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The way of a call from its client to the gateway, as far as it is believed. All fields that
/// describe it to the upstream are written from this one record, so that they cannot contradict
/// each other.
///
/// @param addresses of the client, and then of each trusted proxy that passed the call on; the last
///     one is the other end of the connection
/// @param scheme by which the client called, `http` or `https`
/// @param authority that the client called: a host, and its port unless that is the default of the
///     scheme or was not named; empty: unknown
public record Hops(List<String> addresses, String scheme, String authority) {
  private static final String HTTPS = "https";
  private static final int PORT_MAX = 65_535;
  private static final String HTTPS_PORT = "443";
  private static final String HTTP_PORT = "80";

  // RFC 3986 section 3.2.2, without the comma, which separates members of X-Forwarded-Host.
  private static final Pattern AUTHORITY =
      Pattern.compile(
          "(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9._~%!$&'()*+;=-]{1,255})(?::(\\d{0,5}))?");

  public Hops {
    addresses = List.copyOf(addresses);
  }

  /// The address of the client.
  public String client() {
    return addresses.getFirst();
  }

  /// The port that the client called.
  String port() {
    var parts = AUTHORITY.matcher(authority);
    boolean named = parts.matches() && parts.group(2) != null;
    return named ? parts.group(2) : defaultPort(scheme);
  }

  /// The value of `X-Forwarded-For`.
  String forwardedFor() {
    return String.join(", ", addresses);
  }

  /// The value of `Forwarded` (RFC 7239): one element for each address.
  String forwarded() {
    var value = new StringBuilder("for=").append(node(addresses.getFirst()));
    if (!authority.isEmpty()) {
      value.append(";host=\"").append(authority).append('"');
    }
    value.append(";proto=").append(scheme);
    for (String hop : addresses.subList(1, addresses.size())) {
      value.append(", for=").append(node(hop));
    }
    return value.toString();
  }

  // An IPv6 address holds colons, and so is bracketed and quoted (RFC 7239 section 6).
  private static String node(String address) {
    return address.indexOf(':') < 0 ? address : "\"[" + address + "]\"";
  }

  /// An address as text, without the zone, which is valid at this machine only.
  static String text(InetAddress address) {
    var text = address.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  /// A scheme that was received.
  static Optional<String> schemeOf(String text) {
    var scheme = text.strip().toLowerCase(Locale.ROOT);
    return scheme.equals("http") || scheme.equals(HTTPS) ? Optional.of(scheme) : Optional.empty();
  }

  /// An authority that was received; empty if it is not a host with or without a port.
  ///
  /// @param port reported apart from the authority; used if that has none
  /// @param misleading a port that is ignored: proxies that end TLS report 80, the port of their
  ///     own hop, beside `https`
  static String authorityOf(String text, Optional<String> port, Optional<String> misleading) {
    var parts = AUTHORITY.matcher(text.strip());
    if (!parts.matches()) {
      return "";
    }
    var host = parts.group(1);
    var named = Optional.ofNullable(parts.group(2)).filter(each -> !each.isEmpty());
    if (named.isPresent() && !isPort(named.get())) {
      return "";
    }
    return named
        .or(() ->
            port.map(String::strip)
                .filter(Hops::isPort)
                .filter(each -> !each.equals(HTTP_PORT) && !each.equals(HTTPS_PORT)))
        .filter(each -> !misleading.equals(Optional.of(each)))
        .map(each -> host + ":" + each)
        .orElse(host);
  }

  /// The port at which a client of the other scheme would call.
  static String portOfOtherScheme(String scheme) {
    return defaultPort(scheme.equals(HTTPS) ? "http" : HTTPS);
  }

  private static boolean isPort(String text) {
    return text.matches("\\d{1,5}")
        && Integer.parseInt(text) > 0
        && Integer.parseInt(text) <= PORT_MAX;
  }

  private static String defaultPort(String scheme) {
    return scheme.equals(HTTPS) ? HTTPS_PORT : HTTP_PORT;
  }
}
