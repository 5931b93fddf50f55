package dev.backlane.client.documented;

import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request was refused, or could not be sent. The getters have the names of clients that are
/// generated from the documented API.
///
/// | code | meaning, and what to do |
/// | --- | --- |
/// | 0 | no response was received; see the cause |
/// | 400, 413, 422 | the request is invalid; correct it |
/// | 401 | the access token is missing, expired or wrong |
/// | 403 | the operation belongs to another tenant or user |
/// | 404 | the operation is unknown, or has no content (yet) |
/// | 410 | the content was removed after its retention |
/// | 429, 503 | try again later; `Retry-After` says when |
public final class ApiException extends IOException {
  private static final long serialVersionUID = 1;

  private static final int DETAIL_CHARS_MAX = 500;

  private final int code;
  private final transient HttpHeaders headers;
  private final byte[] body;

  /// @param action what was refused, the beginning of the message
  public ApiException(String action, int code, HttpHeaders headers, byte[] body) {
    super(message(action, code, body));
    this.code = code;
    this.headers = headers;
    this.body = body.clone();
  }

  /// No response was received.
  ///
  /// @param action what failed, the beginning of the message
  public ApiException(String action, Throwable cause) {
    super(action + " failed: " + cause, cause);
    this.code = 0;
    this.headers = HttpHeaders.of(Map.of(), (name, value) -> true);
    this.body = new byte[0];
  }

  private static String message(String action, int code, byte[] body) {
    var problem = Documents.problem(body);
    var detail =
        problem.isEmpty() ? new String(body, StandardCharsets.UTF_8).strip() : problem.get();
    var shown =
        detail.length() > DETAIL_CHARS_MAX ? detail.substring(0, DETAIL_CHARS_MAX) + "…" : detail;
    return action + " was refused with " + code + (shown.isEmpty() ? "" : ": " + shown);
  }

  /// The status code of the response; 0 if there was none.
  public int getCode() {
    return code;
  }

  /// The header fields of the response; empty if there was none, and after deserialization.
  public Map<String, List<String>> getResponseHeaders() {
    return headers == null ? Map.of() : headers.map();
  }

  /// The body of the response as text; null if there was no response.
  public @Nullable String getResponseBody() {
    return code == 0 ? null : new String(body, StandardCharsets.UTF_8);
  }

  /// The body of the response; empty if there was none.
  public byte[] responseBytes() {
    return Arrays.copyOf(body, body.length);
  }
}
