package dev.backlane.protocol;

import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The kinds of problems, each with a stable URI (RFC 9457 section 3.1.1).
public enum ProblemType {
  /// The trigger header is malformed.
  INVALID_BACKGROUND_HEADER("invalid-background-header", 400, "Invalid background header"),
  /// A query parameter or another header is malformed.
  INVALID_REQUEST("invalid-request", 400, "Invalid request"),
  /// The resource does not support the method.
  METHOD_NOT_ALLOWED("method-not-allowed", 405, "Method not allowed"),
  /// The range is outside the content.
  RANGE_NOT_SATISFIABLE("range-not-satisfiable", 416, "Range not satisfiable"),
  /// The address to be notified is in a range that is not allowed.
  WEBHOOK_ADDRESS_FORBIDDEN("webhook-address-forbidden", 422, "Webhook address forbidden"),
  /// The caller has no webhook subscription.
  NO_SUBSCRIPTION("no-subscription", 422, "No webhook subscription"),
  /// The idempotency key belongs to a different request.
  IDEMPOTENCY_KEY_REUSE("idempotency-key-reuse", 422, "Idempotency key reused"),
  /// The body is over the limit.
  PAYLOAD_TOO_LARGE("payload-too-large", 413, "Payload too large"),
  /// The request has no valid access token.
  UNAUTHORIZED("unauthorized", 401, "Unauthorized"),
  /// The token does not permit it, or the operation belongs to another caller.
  FORBIDDEN("forbidden", 403, "Forbidden"),
  /// The operation does not exist.
  NOT_FOUND("not-found", 404, "Not found"),
  /// The operation has not ended, or ended without a body.
  NO_CONTENT("no-content", 404, "No content"),
  /// The content was removed after its retention.
  GONE("gone", 410, "Gone"),
  /// The state of the operation does not allow the request.
  CONFLICT("conflict", 409, "Conflict"),
  /// The caller made too many calls in the current window.
  RATE_LIMITED("rate-limited", 429, "Rate limited"),
  /// Backlane itself failed.
  INTERNAL_ERROR("internal-error", 500, "Internal error"),
  /// A stored body or record is damaged or missing.
  CONTENT_DAMAGED("content-damaged", 500, "Content damaged"),
  /// The request could not be stored.
  OVERLOADED("overloaded", 503, "Overloaded"),
  /// The upstream could not be reached, or its connection failed.
  UPSTREAM_UNREACHABLE("upstream-unreachable", 502, "Upstream unreachable"),
  /// The upstream did not respond in time.
  UPSTREAM_TIMEOUT("upstream-timeout", 504, "Upstream timed out");

  private static final String URI_PREFIX = "https://backlane.dev/problems/";
  private static final Map<URI, ProblemType> BY_URI =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(t -> t.uri, Function.identity()));

  private final URI uri;
  private final int status;
  private final String title;

  ProblemType(String slug, int status, String title) {
    this.uri = URI.create(ProblemType.URI_PREFIX + slug);
    this.status = status;
    this.title = title;
  }

  /// The problem type of a URI; empty if no type has it.
  public static Optional<ProblemType> of(URI uri) {
    return Optional.ofNullable(BY_URI.get(uri));
  }

  /// The `type` member.
  public URI uri() {
    return uri;
  }

  /// The HTTP status and the `status` member.
  public int status() {
    return status;
  }

  /// The `title` member: the same for every occurrence.
  public String title() {
    return title;
  }
}
