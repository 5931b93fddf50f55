package dev.backlane.gateway.forwarding;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.address.Cidr;
import dev.backlane.gateway.http.Call;
import dev.backlane.protocol.field.ListField;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Decides what is believed of the hops before the gateway: the one place where the client of a
/// call is determined, for the fields that the upstream receives, for limits by address and for the
/// audit log. Immutable.
///
/// The list of hops that a request carries is read from its end, which the nearest proxy wrote. An
/// element is believed if the hop that wrote it is trusted. The first hop that is not trusted is
/// the client: what it wrote itself is not read.
///
/// @param ranges the addresses of trusted proxies
/// @param forwardedOnly whether these proxies write `Forwarded`; otherwise they write
///     `X-Forwarded-*`, and `Forwarded` is read in requests without these
public record TrustedProxies(List<Cidr> ranges, boolean forwardedOnly) {
  /// Believes no proxy: the client is the other end of the connection.
  public static final TrustedProxies NONE = new TrustedProxies(List.of(), false);

  /// What one hop reported about the request that it received.
  private record Report(
      String node, Optional<String> scheme, Optional<String> authority, Optional<String> port) {}

  /// The believed hops, and whether `X-Forwarded-*` are the fields that report them.
  record Believed(Hops hops, boolean byXForwarded) {}

  public TrustedProxies {
    ranges = List.copyOf(ranges);
  }

  /// The believed way of a call.
  public Hops of(Call call) {
    return believed(call).hops();
  }

  Believed believed(Call call) {
    var peer = call.peer().getAddress();
    if (peer == null || !trusts(peer)) {
      var address = peer == null ? call.peerAddress() : Hops.text(peer);
      return new Believed(hops(call, List.of(address), Optional.empty()), false);
    }
    var fields = call.headers();
    boolean xForwarded = !forwardedOnly && hasXForwarded(fields);
    return new Believed(
        xForwarded ? byXForwarded(call, fields, peer) : byForwarded(call, fields, peer),
        xForwarded);
  }

  private boolean trusts(InetAddress address) {
    for (Cidr range : ranges) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasXForwarded(List<Header> fields) {
    for (Header field : fields) {
      if (field.is(ReservedNames.FOR)
          || field.is(ReservedNames.PROTO)
          || field.is(ReservedNames.HOST)
          || field.is(ReservedNames.PORT)) {
        return true;
      }
    }
    return false;
  }

  private Hops byForwarded(Call call, List<Header> fields, InetAddress peer) {
    List<Report> reports = new ArrayList<>();
    for (String element : members(fields, ReservedNames.FORWARDED)) {
      var node = "";
      Optional<String> scheme = Optional.empty();
      Optional<String> authority = Optional.empty();
      for (String pair : ListField.split(element, ';')) {
        int equals = pair.indexOf('=');
        var name = pair.substring(0, Math.max(0, equals)).strip();
        var value = ListField.unquoted(pair.substring(equals + 1).strip());
        if (name.equalsIgnoreCase("for")) {
          node = value;
        } else if (name.equalsIgnoreCase("proto")) {
          scheme = Optional.of(value);
        } else if (name.equalsIgnoreCase("host")) {
          authority = Optional.of(value);
        }
      }
      reports.add(new Report(node, scheme, authority, Optional.empty()));
    }
    return walk(call, reports, peer, Optional.empty());
  }

  private Hops byXForwarded(Call call, List<Header> fields, InetAddress peer) {
    var nodes = members(fields, ReservedNames.FOR);
    var schemes = members(fields, ReservedNames.PROTO);
    var authorities = members(fields, ReservedNames.HOST);
    var ports = members(fields, ReservedNames.PORT);
    List<Report> reports = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      reports.add(
          new Report(
              nodes.get(i),
              member(schemes, i, nodes.size()),
              member(authorities, i, nodes.size()),
              member(ports, i, nodes.size())));
    }
    var last = new Report("", last(schemes), last(authorities), last(ports));
    return walk(call, reports, peer, Optional.of(last));
  }

  private static List<String> members(List<Header> fields, String name) {
    return ListField.members(
        fields.stream().filter(field -> field.is(name)).map(Header::value).toList());
  }

  // Some proxies append to a list as X-Forwarded-For has one, others replace the whole value.
  private static Optional<String> member(List<String> values, int index, int nodes) {
    return values.size() == nodes ? Optional.of(values.get(index)) : last(values);
  }

  private static Optional<String> last(List<String> values) {
    return values.isEmpty() ? Optional.empty() : Optional.of(values.getLast());
  }

  /// @param otherwise what the nearest proxy reported without an address
  private Hops walk(Call call, List<Report> reports, InetAddress peer, Optional<Report> otherwise) {
    List<String> nearestFirst = new ArrayList<>();
    nearestFirst.add(Hops.text(peer));
    var facts = otherwise;
    var hop = peer;
    for (int i = reports.size() - 1; i >= 0 && trusts(hop); i--) {
      facts = Optional.of(reports.get(i));
      var before = address(reports.get(i).node());
      if (before.isEmpty()) {
        break;
      }
      hop = before.get();
      nearestFirst.add(Hops.text(hop));
    }
    Collections.reverse(nearestFirst);
    return hops(call, nearestFirst, facts);
  }

  private static Hops hops(Call call, List<String> addresses, Optional<Report> facts) {
    var scheme =
        facts
            .flatMap(Report::scheme)
            .flatMap(Hops::schemeOf)
            .orElse(call.secure() ? "https" : "http");
    var port = facts.flatMap(Report::port);
    var misleading = facts.map(_ -> Hops.portOfOtherScheme(scheme));
    var authority =
        facts
            .flatMap(Report::authority)
            .map(text -> Hops.authorityOf(text, port, misleading))
            .filter(text -> !text.isEmpty())
            .orElseGet(() -> Hops.authorityOf(call.authority(), port, misleading));
    return new Hops(addresses, scheme, authority);
  }

  /// The address of a node: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`. Empty
  /// if it is a name, `unknown` or obfuscated.
  private static Optional<InetAddress> address(String node) {
    var text = node.strip();
    int bracket = text.indexOf(']');
    if (text.startsWith("[") && bracket > 0) {
      text = text.substring(1, bracket);
    } else if (text.indexOf(':') >= 0 && text.indexOf(':') == text.lastIndexOf(':')) {
      text = text.substring(0, text.indexOf(':'));
    }
    try {
      return Optional.of(Cidr.literal(text));
    } catch (IllegalArgumentException noAddress) {
      return Optional.empty();
    }
  }
}
