package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The cookies that operators sign in with. Browsers send them with every request to this host; they are nobody else's, so they
/// are not passed on. Stateless.
public final class OperatorCookies {
  /// An operator's sign-in.
  public static final String SESSION = "backlane";

  /// A sign-in at a provider that has begun.
  public static final String SIGN_IN = "backlane-sign-in";

  // A name with this prefix is refused by browsers unless the cookie is Secure and of this host
  // alone (RFC 6265bis section 4.1.3.2).
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

  /// A `Cookie` line without cookies of ours; of an empty value where there were no others.
  static Header without(Header line) {
    var pairs = line.value().split(";", -1);
    if (Arrays.stream(pairs).noneMatch(OperatorCookies::isOurs)) {
      return line;
    }
    return new Header(
        line.name(),
        Arrays.stream(pairs)
            .filter(pair -> !isOurs(pair))
            .map(String::strip)
            .collect(Collectors.joining("; ")));
  }

  private static boolean isOurs(String pair) {
    int equals = pair.indexOf('=');
    return NAMES.contains((equals < 0 ? pair : pair.substring(0, equals)).strip());
  }

  /// Header lines as they are passed on.
  static List<Header> without(List<Header> lines) {
    return lines.stream()
        .map(line -> line.is("Cookie") ? without(line) : line)
        .filter(line -> !(line.is("Cookie") && line.value().isEmpty()))
        .toList();
  }
}
