package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The cookies with which operators sign in. Browsers send them with every request to this host;
/// they are removed before a request is passed on to the upstream. Stateless.
public final class OperatorCookies {
  /// Holds an operator's sign-in.
  public static final String SESSION = "backlane";

  /// Holds a sign-in at a provider that has begun.
  public static final String SIGN_IN = "backlane-sign-in";

  // Browsers refuse a name with this prefix unless the cookie is Secure and limited to this host
  // (RFC 6265bis section 4.1.3.2).
  private static final String OF_HOST = "__Host-";

  private static final Set<String> NAMES =
      Set.of(SESSION, SIGN_IN, OF_HOST + SESSION, OF_HOST + SIGN_IN);

  private OperatorCookies() {}

  /// The name that a cookie has on the wire.
  ///
  /// @param secure whether browsers reach the gateway by HTTPS
  public static String nameOf(String name, boolean secure) {
    return secure ? OF_HOST + name : name;
  }

  /// A `Cookie` field without these cookies; its value is empty if it had no others.
  private static Header without(Header field) {
    var pairs = field.value().split(";", -1);
    if (Arrays.stream(pairs).noneMatch(OperatorCookies::isOperatorCookie)) {
      return field;
    }
    return new Header(
        field.name(),
        Arrays.stream(pairs)
            .filter(pair -> !isOperatorCookie(pair))
            .map(String::strip)
            .collect(Collectors.joining("; ")));
  }

  private static boolean isOperatorCookie(String pair) {
    int equals = pair.indexOf('=');
    return NAMES.contains((equals < 0 ? pair : pair.substring(0, equals)).strip());
  }

  /// Header fields without these cookies.
  public static List<Header> without(List<Header> fields) {
    return fields.stream()
        .map(field -> field.is("Cookie") ? without(field) : field)
        .filter(field -> !(field.is("Cookie") && field.value().isEmpty()))
        .toList();
  }
}
