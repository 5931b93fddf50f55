package dev.backlane.protocol;

import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The kinds of problems, each with a stable URI (RFC 9457 section 3.1.1).
public enum ProblemType {
  INVALID_BACKGROUND_HEADER(
      "invalid-background-header",
      400,
      "Invalid background header",
      "The trigger header is malformed."),
  INVALID_REQUEST(
      "invalid-request",
      400,
      "Invalid request",
      "A query parameter, another header or the body is malformed."),
  METHOD_NOT_ALLOWED(
      "method-not-allowed", 405, "Method not allowed", "The resource does not support the method."),
  RANGE_NOT_SATISFIABLE(
      "range-not-satisfiable", 416, "Range not satisfiable", "The range is outside the content."),
  WEBHOOK_ADDRESS_FORBIDDEN(
      "webhook-address-forbidden",
      422,
      "Webhook address forbidden",
      "The address to be notified is in a range that is not allowed."),
  NO_SUBSCRIPTION(
      "no-subscription", 422, "No webhook subscription", "The caller has no webhook subscription."),
  IDEMPOTENCY_KEY_REUSE(
      "idempotency-key-reuse",
      422,
      "Idempotency key reused",
      "The idempotency key belongs to a different request."),
  PAYLOAD_TOO_LARGE("payload-too-large", 413, "Payload too large", "The body is over the limit."),
  UNAUTHORIZED("unauthorized", 401, "Unauthorized", "The request has no valid access token."),
  FORBIDDEN(
      "forbidden",
      403,
      "Forbidden",
      "The token does not permit it, or the operation belongs to another caller."),
  NOT_FOUND("not-found", 404, "Not found", "The operation does not exist."),
  NO_CONTENT(
      "no-content", 404, "No content", "The operation has not ended, or ended without a body."),
  GONE("gone", 410, "Gone", "The content was removed after its retention."),
  CONFLICT("conflict", 409, "Conflict", "The state of the operation does not allow the request."),
  CONFIRMATION_REQUIRED(
      "confirmation-required",
      409,
      "Confirmation required",
      "The upstream may have acted on the call already, and the request would repeat it."),
  RATE_LIMITED(
      "rate-limited",
      429,
      "Rate limited",
      "The caller made too many calls in the current window, or has too many in flight."),
  INTERNAL_ERROR("internal-error", 500, "Internal error", "Backlane itself failed."),
  CONTENT_DAMAGED(
      "content-damaged", 500, "Content damaged", "A stored body or record is damaged or missing."),
  OVERLOADED("overloaded", 503, "Overloaded", "The request could not be stored."),
  UPSTREAM_UNREACHABLE(
      "upstream-unreachable",
      502,
      "Upstream unreachable",
      "The upstream could not be reached, or its connection failed."),
  UPSTREAM_TIMEOUT(
      "upstream-timeout", 504, "Upstream timed out", "The upstream did not respond in time.");

  private static final String URI_PREFIX = "https://backlane.dev/problems/";
  private static final Map<URI, ProblemType> BY_URI =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(t -> t.uri, Function.identity()));

  private final String slug;
  private final URI uri;
  private final int status;
  private final String title;
  private final String meaning;

  ProblemType(String slug, int status, String title, String meaning) {
    this.slug = slug;
    this.uri = URI.create(ProblemType.URI_PREFIX + slug);
    this.status = status;
    this.title = title;
    this.meaning = meaning;
  }

  /// The problem type of a URI; empty if no type has it.
  public static Optional<ProblemType> of(URI uri) {
    return Optional.ofNullable(BY_URI.get(uri));
  }

  /// The `type` member.
  public URI uri() {
    return uri;
  }

  /// The last segment of the URI, and the anchor of the type in `docs/problems.md`.
  public String slug() {
    return slug;
  }

  /// The HTTP status and the `status` member.
  public int status() {
    return status;
  }

  /// The `title` member: the same for every occurrence.
  public String title() {
    return title;
  }

  /// What the type means, as one sentence.
  public String meaning() {
    return meaning;
  }
}
