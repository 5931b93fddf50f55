package dev.backlane.gateway.auth;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an `Authorization` header holds for us (RFC 6750 section 2.1).
sealed interface BearerToken {
  /// Longest token that is looked at; longer ones are refused unread.
  int TOKEN_CHARS_MAX = 16 * 1024;

  /// The grammar of RFC 6750 section 2.1.
  Pattern B64TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]++=*+");

  /// No header, or one of another scheme.
  record Absent() implements BearerToken {}

  /// The scheme is ours, what follows is not a token.
  record Malformed(String detail) implements BearerToken {}

  /// A token, not verified.
  record Present(String text) implements BearerToken {
    /// Tells the length only.
    @Override
    public String toString() {
      return "Present[" + text.length() + " chars]";
    }
  }

  /// Reads the header. The scheme's letter case does not matter, and one or more spaces may follow
  /// it (RFC 9110 section 11.4).
  static BearerToken read(@Nullable String header) {
    String value = header == null ? "" : header.strip();
    int space = value.indexOf(' ');
    String scheme = space < 0 ? value : value.substring(0, space);
    if (!scheme.equalsIgnoreCase("Bearer")) {
      return new Absent();
    }
    String token = value.substring(scheme.length()).stripLeading();
    if (token.isEmpty()) {
      return new Malformed("The Authorization header has no token after Bearer.");
    }
    if (token.length() > TOKEN_CHARS_MAX) {
      return new Malformed("The token is longer than " + TOKEN_CHARS_MAX + " characters.");
    }
    // A comma is never part of a token: there were two Authorization headers, and it would be a
    // guess which of them the upstream believes.
    if (!B64TOKEN.matcher(token).matches()) {
      return new Malformed("The Authorization header must hold exactly one bearer token.");
    }
    return new Present(token);
  }
}
