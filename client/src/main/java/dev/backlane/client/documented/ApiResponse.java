package dev.backlane.client.documented;

import java.util.List;
import java.util.Map;

/// A response with its status and header fields.
///
/// @param <T> the type of its document
public final class ApiResponse<T> {
  private final int statusCode;
  private final Map<String, List<String>> headers;
  private final T data;

  ApiResponse(int statusCode, Map<String, List<String>> headers, T data) {
    this.statusCode = statusCode;
    this.headers = headers;
    this.data = data;
  }

  /// The status code.
  public int getStatusCode() {
    return statusCode;
  }

  /// The header fields; names are case-insensitive.
  public Map<String, List<String>> getHeaders() {
    return headers;
  }

  /// The document.
  public T getData() {
    return data;
  }
}
