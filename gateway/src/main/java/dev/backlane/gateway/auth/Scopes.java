package dev.backlane.gateway.auth;

import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import java.util.List;
import java.util.Optional;

/// Checks a request's method against the scopes of its token: `<prefix>:read`, `:create`, `:update`
/// and `:delete`, as in the documented API. Immutable.
public final class Scopes {
  private final List<String> prefixes;

  /// @param prefixes such as `vismanet_erp_service_api`, one of which the scope must have; none:
  ///     scopes are not checked (default)
  public Scopes(List<String> prefixes) {
    this.prefixes = List.copyOf(prefixes);
  }

  /// Returns the refusal of a request whose token lacks the scope of its method; empty if the
  /// request is permitted. A method that none of the four scopes covers is refused.
  ///
  /// @param method as received; methods are case-sensitive (RFC 9110 section 9.1)
  public Optional<Refused> refusal(String method, Authenticated sender) {
    if (prefixes.isEmpty()) {
      return Optional.empty();
    }
    String right = rightFor(method);
    if (right.isEmpty()) {
      String detail = "No scope of this API covers the method " + method + ".";
      return Optional.of(Refused.insufficientScope(detail, ""));
    }
    List<String> scopes = prefixes.stream().map(prefix -> prefix + ":" + right).toList();
    if (scopes.stream().anyMatch(sender.scopes()::contains)) {
      return Optional.empty();
    }
    String detail =
        "The method "
            + method
            + " needs a token with the scope "
            + String.join(" or ", scopes)
            + ".";
    // The attribute lists what is required, and has no form for alternatives.
    return Optional.of(
        Refused.insufficientScope(detail, scopes.size() == 1 ? scopes.getFirst() : ""));
  }

  private static String rightFor(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS" -> "read";
      case "POST" -> "create";
      case "PUT", "PATCH" -> "update";
      case "DELETE" -> "delete";
      default -> "";
    };
  }
}
