package dev.backlane.client.documented;

import dev.backlane.client.http.NoResponseException;
import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request was refused, or got no response. The getters have the names of clients that are
/// generated from the documented API.
///
/// | code | meaning, and what to do |
/// | --- | --- |
/// | 0 | no usable response was received; see the message and the cause |
/// | 2xx | the response is not the expected one: the API does not support background calls |
/// | 3xx | the base URI is not that of the API; redirects are not followed |
/// | 400, 413, 422 | the request is invalid; correct it |
/// | 401 | the access token is missing, expired or wrong |
/// | 403 | the operation belongs to another tenant or user |
/// | 404 | the operation is unknown, or has no content (yet) |
/// | 410 | the content was removed after its retention |
/// | 429, 503 | try again later; `Retry-After` says when |
///
/// The message is one line. It has the beginning of the response's text, but no header field and no
/// token.
public final class ApiException extends IOException {
  private static final long serialVersionUID = 1;

  private static final int DETAIL_CHARS_MAX = 500;
  private static final int REDIRECTS = 300;
  private static final int ERRORS = 400;

  private final int code;
  private final transient @Nullable HttpHeaders headers;
  private final byte[] body;

  /// @param action what was refused, the beginning of the message
  /// @param body of the response, or its beginning
  public ApiException(String action, int code, HttpHeaders headers, byte[] body) {
    super(message(action, code, body));
    this.code = code;
    this.headers = headers;
    this.body = body.clone();
  }

  /// No usable response was received.
  ///
  /// @param action what failed, the beginning of the message
  public ApiException(String action, Throwable cause) {
    super(
        action + " failed: " + text(cause),
        cause instanceof NoResponseException without ? without.getCause() : cause);
    this.code = 0;
    this.headers = null;
    this.body = new byte[0];
  }

  private static String text(Throwable cause) {
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static String message(String action, int code, byte[] body) {
    var detail = Documents.problem(body).orElseGet(() -> new String(body, StandardCharsets.UTF_8));
    var line = detail.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    var shown = line.length() > DETAIL_CHARS_MAX ? line.substring(0, DETAIL_CHARS_MAX) + "…" : line;
    return action
        + (code < REDIRECTS ? " returned " : " was refused with ")
        + code
        + (shown.isEmpty() ? "" : ": " + shown)
        + (shown.isEmpty() || code < ERRORS ? advice(code) : "");
  }

  /// What to do, if the response does not say it.
  private static String advice(int code) {
    if (code >= REDIRECTS && code < ERRORS) {
      return ". Redirects are not followed: check the base URI.";
    }
    return switch (code) {
      case 401 -> ". Check the access token: it is missing, expired or wrong.";
      case 403 -> ". Use the token of the tenant and user that started the operation.";
      case 404 -> ". Check the id and the base URI; a content exists only after the end.";
      case 410 -> ". The content was removed after its retention.";
      case 429, 502, 503, 504 -> ". Try again later.";
      default -> "";
    };
  }

  /// The status code of the response; 0 if there was none.
  public int getCode() {
    return code;
  }

  /// The header fields of the response, whose names are case-insensitive; empty if there was none,
  /// and after deserialization.
  public Map<String, List<String>> getResponseHeaders() {
    return headers == null ? Map.of() : headers.map();
  }

  /// The body of the response as text, at most its first 64 KiB; null if there was no response.
  public @Nullable String getResponseBody() {
    return code == 0 ? null : new String(body, StandardCharsets.UTF_8);
  }

  /// As [#getResponseBody], in bytes; empty if there was no response.
  public byte[] responseBytes() {
    return Arrays.copyOf(body, body.length);
  }
}
