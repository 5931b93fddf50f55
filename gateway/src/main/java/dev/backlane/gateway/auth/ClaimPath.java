package dev.backlane.gateway.auth;

import java.util.Map;
import java.util.Optional;

/// The name of a claim, which may be that of a member of another: `ext.tenant_id` or
/// `realm_access.roles`. A claim with the whole name, such as a URL, has precedence over a member;
/// of several ways to divide a name, the one with the longest first part. Immutable.
///
/// @param name as configured
public record ClaimPath(String name) {
  /// The value in the claims of a token; empty if there is none, or it is null.
  public Optional<Object> find(Map<String, ?> claims) {
    return find(claims, name);
  }

  private static Optional<Object> find(Map<?, ?> members, String name) {
    Object whole = members.get(name);
    if (whole != null) {
      return Optional.of(whole);
    }
    for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      if (members.get(name.substring(0, dot)) instanceof Map<?, ?> inner) {
        var found = find(inner, name.substring(dot + 1));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
