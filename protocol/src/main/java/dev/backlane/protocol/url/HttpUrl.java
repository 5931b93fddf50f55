package dev.backlane.protocol.url;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An absolute `http` or `https` URL that this gateway can call. The one validator of such URLs,
/// wherever they come from: the trigger header, the admin API, and the configuration.
///
/// Narrower than RFC 3986 and [URI], which leave open what a host is. Accepted are names of
/// letters, digits, `-` and `_` (names in container networks have underscores, for which
/// [URI#getHost] is null), and addresses, which are to be refused unless they are plain
/// ([#hasPlainAddress()]). Other characters than visible ASCII are refused and not converted:
/// programs convert them differently.
/// Whether an address may be called is not checked here.
///
/// @param uri as given
/// @param host in lower case; an IPv6 address without its brackets
/// @param port the explicit one, or the scheme's default
public record HttpUrl(URI uri, String host, int port) {
  /// The most characters of a URL.
  public static final int CHARS_MAX = 4_096;

  private static final int PORT_MAX = 65_535;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int HOST_CHARS_MAX = 253;
  private static final String LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*\\.?");
  // A name whose last label is a number is an IPv4 address for many programs (WHATWG URL).
  private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:\\d+|0x[0-9a-f]*)\\.?");
  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
  private static final String GROUP = "[0-9a-f]{1,4}";
  private static final Pattern IPV6 =
      Pattern.compile("(?:" + GROUP + "|:)[0-9a-f:]*(?:" + OCTET + "(?:\\." + OCTET + "){3})?");
  private static final Pattern AUTHORITY =
      Pattern.compile("(?<host>\\[[^\\]]*\\]|[^\\[\\]:]*)(?::(?<port>\\d*))?");

  /// Reads a URL.
  ///
  /// @throws InvalidUrlException if it is no such URL
  public static HttpUrl parse(String text) throws InvalidUrlException {
    if (text.length() > CHARS_MAX) {
      throw new InvalidUrlException(
          "has " + text.length() + " characters; at most " + CHARS_MAX + " are allowed");
    }
    requireVisibleAscii(text);
    URI uri = uri(text);
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new InvalidUrlException("does not begin with http:// or https://");
    }
    String authority = uri.getRawAuthority();
    if (authority == null) {
      throw new InvalidUrlException("has no valid host; write http://<host>[:<port>]/<path>");
    }
    if (authority.contains("@")) {
      throw new InvalidUrlException("has user information; remove the part before the '@'");
    }
    if (uri.getRawFragment() != null) {
      throw new InvalidUrlException("has a fragment; remove the '#' and the part after it");
    }
    boolean secure = scheme.equals("https");
    Matcher parts = AUTHORITY.matcher(authority);
    Optional<String> host =
        parts.matches()
            ? host(uri, parts.group("host").toLowerCase(Locale.ROOT))
            : Optional.empty();
    if (host.isEmpty()) {
      throw new InvalidUrlException(
          "has no valid host; write a name of letters, digits, '-' and '_', an IPv4 address in"
              + " dotted decimal, or an IPv6 address in brackets");
    }
    if (secure && host.get().contains("_")) {
      throw new InvalidUrlException(
          "has a host name with '_', which no TLS certificate can be verified for; use a name"
              + " without it, or http");
    }
    int port =
        port(parts.group("port"), secure)
            .orElseThrow(
                () -> new InvalidUrlException("has an invalid port; use 1 to " + PORT_MAX));
    return new HttpUrl(uri, host.get(), port);
  }

  /// The parts of a URL that was parsed before.
  ///
  /// @throws IllegalArgumentException if it was not
  public static HttpUrl of(URI url) {
    try {
      return parse(url.toString());
    } catch (InvalidUrlException unchecked) {
      throw new IllegalArgumentException("The URL " + unchecked.getMessage() + ".", unchecked);
    }
  }

  /// Whether the connection uses TLS.
  public boolean secure() {
    return "https".equalsIgnoreCase(uri.getScheme());
  }

  /// Whether the host is an address and not a name. See [#hasPlainAddress()].
  public boolean hasAddress() {
    return host.contains(":") || NUMERIC_END.matcher(host).matches();
  }

  /// Whether the host is an address in the notation that all programs read in the same way: IPv4 in
  /// dotted decimal, or IPv6 without a zone.
  public boolean hasPlainAddress() {
    return host.contains(":") ? IPV6.matcher(host).matches() : IPV4.matcher(host).matches();
  }

  /// The host as a URL has it: an IPv6 address in brackets.
  public String hostInUrl() {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  private static void requireVisibleAscii(String text) throws InvalidUrlException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~') {
        throw new InvalidUrlException(
            "is malformed: character "
                + (i + 1)
                + " is white space, a control character, or not ASCII. Percent-encode such"
                + " characters as UTF-8, and write the ASCII form (xn--) of a host name");
      }
    }
  }

  private static URI uri(String text) throws InvalidUrlException {
    try {
      return new URI(text);
    } catch (URISyntaxException malformed) {
      throw new InvalidUrlException(
          "is malformed: "
              + malformed.getReason()
              + ". Percent-encode the characters that a URL cannot contain");
    }
  }

  private static Optional<String> host(URI uri, String written) {
    if (written.startsWith("[")) {
      // URI has checked the structure.
      return Optional.of(written.substring(1, written.length() - 1));
    }
    // URI does not take some names for a host whose last label is a number.
    boolean host = !NUMERIC_END.matcher(written).matches() || uri.getHost() != null;
    return Optional.of(written).filter(name -> host && isName(name));
  }

  private static boolean isName(String name) {
    int length = name.endsWith(".") ? name.length() - 1 : name.length();
    return length <= HOST_CHARS_MAX && NAME.matcher(name).matches();
  }

  // An empty port is that of the scheme (RFC 3986 section 3.2.3).
  private static OptionalInt port(String digits, boolean secure) {
    if (digits == null || digits.isEmpty()) {
      return OptionalInt.of(secure ? HTTPS_PORT : HTTP_PORT);
    }
    if (digits.length() > 5) {
      return OptionalInt.empty();
    }
    int port = Integer.parseInt(digits);
    return port == 0 || port > PORT_MAX ? OptionalInt.empty() : OptionalInt.of(port);
  }
}
