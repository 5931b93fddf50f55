package dev.backlane.gateway.forwarding;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.OperatorCookies;
import java.util.ArrayList;
import java.util.List;

/// The header fields with which a call reaches the upstream, the same for stored and for proxied
/// calls. Immutable.
///
/// Not passed on: hop-by-hop fields, the cookies of operators, `Backlane-…` and the trigger. What
/// the request says about the hops before is replaced by one set of fields, written from the
/// believed [Hops]: `Forwarded` (RFC 7239), `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, and
/// `X-Real-IP`.
public final class Forwarding {
  private static final int ADDED = 6;

  private final TrustedProxies proxies;

  /// @param proxies decides what is believed of the hops before
  public Forwarding(TrustedProxies proxies) {
    this.proxies = proxies;
  }

  /// The fields for the upstream, without `Host` and the framing, in the order received; those
  /// about the hops are the last.
  public List<Header> toUpstream(Call call) {
    // Read from the fields as received: `Connection: X-Forwarded-For` must not hide a hop.
    var believed = proxies.believed(call);
    var passed = HopByHop.ofRequest(withoutOperatorCookies(call));
    List<Header> fields = new ArrayList<>(passed.size() + ADDED);
    for (Header field : passed) {
      if (!ReservedNames.describesHops(field.name())
          || believed.byXForwarded() && ReservedNames.isExtension(field.name())) {
        fields.add(field);
      }
    }
    var hops = believed.hops();
    fields.add(new Header(ReservedNames.FORWARDED, hops.forwarded()));
    fields.add(new Header(ReservedNames.FOR, hops.forwardedFor()));
    fields.add(new Header(ReservedNames.PROTO, hops.scheme()));
    if (!hops.authority().isEmpty()) {
      fields.add(new Header(ReservedNames.HOST, hops.authority()));
    }
    fields.add(new Header(ReservedNames.PORT, hops.port()));
    fields.add(new Header(ReservedNames.REAL_IP, hops.client()));
    return fields;
  }

  /// The fields of a call without the cookies with which operators sign in to Backlane.
  public static List<Header> withoutOperatorCookies(Call call) {
    var fields = call.headers();
    return call.header("Cookie").isPresent() ? OperatorCookies.without(fields) : fields;
  }
}
