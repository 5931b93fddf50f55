package dev.backlane.gateway.api;

import java.util.List;
import java.util.Locale;

/// Chooses between the two documented media types of a state document.
final class Accepted {
  static final String APPLICATION_JSON = "application/json";
  static final String TEXT_JSON = "text/json";

  private Accepted() {}

  /// `text/json` if the `Accept` fields give it more weight than `application/json` (RFC 9110 section
  /// 12.5.1), otherwise `application/json`, also if they accept neither: a state in JSON is more useful
  /// than 406.
  static String json(List<String> accept) {
    return weight(TEXT_JSON, accept) > weight(APPLICATION_JSON, accept)
        ? TEXT_JSON
        : APPLICATION_JSON;
  }

  private static double weight(String mediaType, List<String> accept) {
    double found = 0;
    int precision = -1;
    for (String value : accept) {
      for (String range : value.split(",", -1)) {
        var parts = range.toLowerCase(Locale.ROOT).split(";", -1);
        var type = parts[0].trim();
        int fit = fit(type, mediaType);
        if (fit > precision) {
          precision = fit;
          found = quality(parts);
        }
      }
    }
    return found;
  }

  private static int fit(String range, String mediaType) {
    if (range.equals(mediaType)) {
      return 2;
    }
    if (range.endsWith("/*") && mediaType.startsWith(range.substring(0, range.length() - 1))) {
      return 1;
    }
    return range.equals("*/*") ? 0 : -1;
  }

  private static double quality(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      var parameter = parts[i].trim();
      if (parameter.startsWith("q=")) {
        try {
          return Double.parseDouble(parameter.substring(2));
        } catch (NumberFormatException malformed) {
          return 0;
        }
      }
    }
    return 1;
  }
}
