package dev.backlane.gateway.forwarding;

import dev.backlane.protocol.field.Syntax;
import java.util.Locale;
import java.util.Set;

/// Names of request fields by which the gateway and the upstream understand each other, and which a
/// client therefore cannot pass through. Stateless.
///
/// All spellings that upstreams can take for the same name are reserved ([Syntax#variable]).
final class ReservedNames {
  static final String FORWARDED = "Forwarded";
  static final String FOR = "X-Forwarded-For";
  static final String PROTO = "X-Forwarded-Proto";
  static final String HOST = "X-Forwarded-Host";
  static final String PORT = "X-Forwarded-Port";
  static final String REAL_IP = "X-Real-IP";

  private static final String OF_GATEWAY = "backlane-";
  private static final String TRIGGER = "erp-api-background";
  private static final String X_FORWARDED = "x-forwarded-";

  /// Written or removed by the gateway under their usual spelling.
  private static final Set<String> OF_FRAMING_AND_KEYS =
      Set.of("content-length", "transfer-encoding", "keep-alive", "idempotency-key");

  private ReservedNames() {}

  /// Whether no request carries this field to the upstream, unless the gateway adds it: the
  /// trigger, `Backlane-…`, and other spellings of the names of framing and of the idempotency key.
  static boolean neverPassed(String name) {
    if (isPlain(name)) {
      return name.regionMatches(true, 0, OF_GATEWAY, 0, OF_GATEWAY.length())
          || name.equalsIgnoreCase(TRIGGER);
    }
    var variable = Syntax.variable(name);
    return variable.startsWith(OF_GATEWAY)
        || variable.startsWith("proxy-")
        || variable.equals(TRIGGER)
        || OF_FRAMING_AND_KEYS.contains(variable);
  }

  /// Whether this field describes the hops before: in the usual spelling written by the gateway, in
  /// another one never passed on.
  static boolean describesHops(String name) {
    if (!mayDescribeHops(name)) {
      return false;
    }
    var variable = isPlain(name) ? name.toLowerCase(Locale.ROOT) : Syntax.variable(name);
    return variable.startsWith(X_FORWARDED)
        || variable.equals("x-real-ip")
        || variable.equals("forwarded");
  }

  /// Whether this is a field such as `X-Forwarded-Prefix`, which the gateway does not write: it is
  /// passed on as a trusted proxy sent it.
  static boolean isExtension(String name) {
    return isPlain(name)
        && name.regionMatches(true, 0, X_FORWARDED, 0, X_FORWARDED.length())
        && !name.equalsIgnoreCase(FOR)
        && !name.equalsIgnoreCase(PROTO)
        && !name.equalsIgnoreCase(HOST)
        && !name.equalsIgnoreCase(PORT);
  }

  private static boolean mayDescribeHops(String name) {
    return !name.isEmpty() && "xXfF".indexOf(name.charAt(0)) >= 0;
  }

  /// Whether a name has letters, digits and hyphens only, so that it has no other spelling.
  private static boolean isPlain(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != '-' && !Syntax.isLetterOrDigit(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
