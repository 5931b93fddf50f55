package dev.backlane.demo;

import java.util.regex.Pattern;

/// Removes secrets from the output of the demo. Stateless.
final class Redaction {
  private static final Pattern BEARER = Pattern.compile("(?i)(Bearer )([A-Za-z0-9._~+/=-]+)");
  private static final Pattern MEMBER =
      Pattern.compile("(\"(?:access_token|secret)\"\\s*:\\s*\")([^\"]+)");
  private static final Pattern PARAMETER = Pattern.compile("(client_secret=)([^&\\s]+)");
  private static final int CHARACTERS_SHOWN = 8;

  private Redaction() {}

  /// The text with bearer tokens and webhook secrets shortened to at most 8 characters, and without
  /// client secrets.
  static String of(String text) {
    String tokenless = shortened(MEMBER, shortened(BEARER, text));
    return PARAMETER.matcher(tokenless).replaceAll("$1(not shown)");
  }

  private static String shortened(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .replaceAll(found -> {
          String secret = found.group(2);
          int shown = Math.min(CHARACTERS_SHOWN, secret.length() / 2);
          return found.group(1)
              + secret.substring(0, shown)
              + "… ("
              + secret.length()
              + " characters)";
        });
  }
}
