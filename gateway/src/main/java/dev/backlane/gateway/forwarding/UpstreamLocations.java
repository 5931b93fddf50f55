package dev.backlane.gateway.forwarding;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.Authority;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Replaces the upstream's own address by the public one in the response fields that lead clients
/// somewhere: `Location`, `Content-Location`, `Refresh` and the targets of `Link`. An upstream that
/// builds such URLs from its `Host` would otherwise send clients around the gateway. Contents are
/// not changed. Immutable.
public final class UpstreamLocations {
  private static final List<String> ONE_URI = List.of("Location", "Content-Location");
  private static final String REFRESH = "Refresh";
  private static final String LINK = "Link";
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  // Scheme and authority of a URI; the scheme is absent in a network-path reference (RFC 3986
  // section 4.2).
  private static final Pattern ORIGIN =
      Pattern.compile("(?:(https?):)?//([^/?#\\s,;\"'>]+)", Pattern.CASE_INSENSITIVE);

  // What precedes the URI of a link (RFC 8288 section 3), and that of a Refresh field.
  private static final Pattern BEFORE_LINK = Pattern.compile("(?<=<)\\s*");
  private static final Pattern BEFORE_REFRESH =
      Pattern.compile("(?<=[;,])\\s*url\\s*=\\s*[\"']?\\s*", Pattern.CASE_INSENSITIVE);

  private final boolean rewrite;
  private final String host;
  private final int port;
  private final String publicUrl;

  private UpstreamLocations(boolean rewrite, String host, int port, String publicUrl) {
    this.rewrite = rewrite;
    this.host = host;
    this.port = port;
    this.publicUrl = publicUrl;
  }

  /// Replaces nothing.
  public static UpstreamLocations unchanged() {
    return new UpstreamLocations(false, "", 0, "");
  }

  /// @param upstream the address as it is called by the gateway
  /// @param publicUrl what replaces its scheme, host and port; without a trailing slash
  public static UpstreamLocations replaced(URI upstream, String publicUrl) {
    var address = Authority.of(upstream);
    return new UpstreamLocations(true, lower(address.host()), address.port(), publicUrl);
  }

  /// A field of a response, with the public address if it has that of the upstream.
  public Header of(Header field) {
    if (!rewrite) {
      return field;
    }
    var value = field.value();
    var replaced = value;
    if (ONE_URI.stream().anyMatch(field::is)) {
      int begin = value.length() - value.stripLeading().length();
      replaced = value.substring(0, begin) + withoutOrigin(value.substring(begin));
    } else if (field.is(LINK)) {
      replaced = after(BEFORE_LINK, value);
    } else if (field.is(REFRESH)) {
      replaced = after(BEFORE_REFRESH, value);
    }
    return replaced.equals(value) ? field : new Header(field.name(), replaced);
  }

  private String after(Pattern before, String value) {
    var result = new StringBuilder(value.length());
    var matcher = before.matcher(value);
    int copied = 0;
    while (matcher.find()) {
      result.append(value, copied, matcher.end());
      copied = matcher.end();
      var rest = value.substring(copied);
      var origin = origin(rest);
      if (isUpstream(origin)) {
        result.append(publicUrl);
        copied += origin.end();
      }
    }
    return result.append(value, copied, value.length()).toString();
  }

  private String withoutOrigin(String uri) {
    var origin = origin(uri);
    return isUpstream(origin) ? publicUrl + uri.substring(origin.end()) : uri;
  }

  private static Matcher origin(String uri) {
    return ORIGIN.matcher(uri);
  }

  private boolean isUpstream(Matcher origin) {
    if (!origin.lookingAt()) {
      return false;
    }
    var authority = origin.group(2).substring(origin.group(2).lastIndexOf('@') + 1);
    int colon = authority.lastIndexOf(':');
    boolean named = colon >= 0 && authority.indexOf(']', colon) < 0;
    var bracketed = named ? authority.substring(0, colon) : authority;
    if (!lower(bracketed).replaceAll("[\\[\\]]", "").equals(host)) {
      return false;
    }
    if (!named || colon == authority.length() - 1) {
      // The scheme may be that of the client, reported by X-Forwarded-Proto.
      return port == HTTP_PORT || port == HTTPS_PORT;
    }
    return authority.substring(colon + 1).equals(Integer.toString(port));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
