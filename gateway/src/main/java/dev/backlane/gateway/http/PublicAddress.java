package dev.backlane.gateway.http;

import dev.backlane.engine.operation.OperationId;
import java.net.URI;
import java.util.Comparator;
import java.util.List;

/// The public URL of Backlane, and the path prefixes under which its own resources exist too.
/// Immutable.
public final class PublicAddress {
  /// The path of Backlane's own resources below the public URL and below each prefix.
  public static final String BACKGROUND = "/v1/background";

  private final String url;
  private final List<String> prefixes;

  /// @param url absolute `http` or `https` URL
  /// @param prefixes each begins with `/` and does not end with it
  public PublicAddress(URI url, List<String> prefixes) {
    this.url = withoutSlash(url.toString());
    this.prefixes =
        prefixes.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }

  /// The prefix of a raw path; empty if it has none.
  public String prefixOf(String rawPath) {
    for (String prefix : prefixes) {
      if (rawPath.startsWith(prefix)
          && (rawPath.length() == prefix.length() || rawPath.charAt(prefix.length()) == '/')) {
        return prefix;
      }
    }
    return "";
  }

  /// The public URL with the prefix of a raw path, without a trailing slash.
  public String baseOf(String rawPath) {
    return url + prefixOf(rawPath);
  }

  /// The absolute URI of a target below the public URL.
  public String uriOf(String target) {
    return url + target;
  }

  /// The state location of an operation.
  public static String state(String base, OperationId id) {
    return base + BACKGROUND + "/" + id;
  }

  /// The content location of an operation.
  public static String content(String base, OperationId id) {
    return state(base, id) + "/content";
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }
}
