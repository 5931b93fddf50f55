package dev.backlane.gateway.api;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.protocol.Headers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The web pages of other origins whose scripts may use Backlane's own responses: the fields of
/// CORS (https://fetch.spec.whatwg.org/#http-cors-protocol) on responses of `/v1/background` and of
/// background calls. Responses of the upstream are not touched: it responds to the preflights of
/// its own paths. Immutable.
///
/// @param origins such as `https://app.example.com`, in lower case, or [#ANY]; empty: no page of
///     another origin
/// @param credentials whether browsers may send cookies and client certificates; not with [#ANY]
public record CrossOrigin(List<String> origins, boolean credentials) {
  /// Permits the pages of every origin, without cookies.
  public static final String ANY = "*";

  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final String ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials";
  private static final String EXPOSE = "Access-Control-Expose-Headers";
  private static final String REQUEST_METHOD = "Access-Control-Request-Method";
  private static final String REQUEST_HEADERS = "Access-Control-Request-Headers";
  private static final int NO_CONTENT = 204;

  /// Two hours, the most that Chromium keeps a preflight.
  private static final String MAX_AGE_SECONDS = "7200";

  private static final String METHODS = "GET, HEAD, DELETE";

  private static final String EXPOSED =
      String.join(
          ", ",
          Headers.LOCATION,
          Headers.RETRY_AFTER,
          Headers.ASYNC_RESULT,
          Headers.PREFERENCE_APPLIED,
          Headers.RATE_LIMIT_LIMIT,
          Headers.RATE_LIMIT_REMAINING,
          Headers.RATE_LIMIT_RESET,
          Headers.RATE_LIMIT_POLICY,
          "ETag",
          "Accept-Ranges",
          "Content-Range",
          "Content-Disposition",
          "Content-Encoding",
          "Date",
          "WWW-Authenticate");

  public CrossOrigin {
    origins = List.copyOf(origins);
    if (origins.contains(ANY) && credentials) {
      throw new IllegalArgumentException("credentials cannot be permitted to every origin");
    }
  }

  private boolean any() {
    return origins.contains(ANY);
  }

  /// Responds to a preflight of a permitted page: the question of a browser, without credentials,
  /// whether a script may send a request.
  ///
  /// @return false if it is none; nothing was sent
  public boolean preflight(Call call) {
    var origin = permitted(call);
    if (origin.isEmpty()
        || !call.method().equals("OPTIONS")
        || call.header(REQUEST_METHOD).isEmpty()) {
      return false;
    }
    var head = call.response();
    permit(head, origin.get());
    head.status(NO_CONTENT)
        .add("Vary", REQUEST_METHOD + ", " + REQUEST_HEADERS)
        .set("Access-Control-Allow-Methods", METHODS)
        .set("Access-Control-Max-Age", MAX_AGE_SECONDS);
    // All fields that a page can ask for: what they may contain is checked in the request itself.
    call.header(REQUEST_HEADERS)
        .filter(CrossOrigin::isListOfNames)
        .ifPresent(names -> head.set("Access-Control-Allow-Headers", names));
    call.respond();
    return true;
  }

  /// Adds the fields by which a browser lets a permitted page read the response.
  public void permit(Call call) {
    if (origins.isEmpty()) {
      return;
    }
    var origin = permitted(call);
    if (origin.isPresent()) {
      permit(call.response(), origin.get());
      call.response().set(EXPOSE, EXPOSED);
    } else if (!any()) {
      // A cache must not give this response to a page that may read it.
      call.response().add("Vary", "Origin");
    }
  }

  private void permit(ResponseHead head, String origin) {
    if (any()) {
      head.set(ALLOW_ORIGIN, ANY);
      return;
    }
    head.set(ALLOW_ORIGIN, origin).add("Vary", "Origin");
    if (credentials) {
      head.set(ALLOW_CREDENTIALS, "true");
    }
  }

  /// Removes the fields again, for a response that is not Backlane's own.
  public static void withdraw(ResponseHead head) {
    head.remove(ALLOW_ORIGIN).remove(ALLOW_CREDENTIALS).remove(EXPOSE).remove("Vary");
  }

  private Optional<String> permitted(Call call) {
    return call.header("Origin").filter(origin -> any() || origins.contains(lower(origin)));
  }

  private static boolean isListOfNames(String names) {
    return names.matches("[A-Za-z0-9!#$%&'*+.^_`|~, -]+");
  }

  private static String lower(String origin) {
    return origin.toLowerCase(Locale.ROOT);
  }
}
