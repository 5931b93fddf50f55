package dev.backlane.gateway.tracing;

import dev.backlane.engine.operation.Header;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The position of a call in a distributed trace, as its `traceparent` states it (W3C Trace
/// Context). It is stored with the other header fields of the call.
///
/// @param traceId 32 hexadecimal digits in lower case, not all zero
/// @param parentId the span that made the call: 16 such digits, not all zero
/// @param flags two such digits; the lowest bit says whether the trace is recorded
public record TraceContext(String traceId, String parentId, String flags) {
  /// The header field of the context.
  public static final String HEADER = "traceparent";

  /// The header field with what vendors of tracing systems add to it.
  public static final String VENDOR_HEADER = "tracestate";

  private static final int VERSION_0_CHARS = 55;
  private static final Pattern FIELD =
      Pattern.compile(
          "(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})"
              + "-(?<flags>[0-9a-f]{2})(?:-.*)?");
  private static final Pattern ZEROS = Pattern.compile("0+");

  /// The context in the header fields of a call; empty if there is none, more than one, or one that
  /// is malformed.
  public static Optional<TraceContext> of(List<Header> headers) {
    Header found = null;
    for (var header : headers) {
      if (header.is(HEADER)) {
        if (found != null) {
          return Optional.empty();
        }
        found = header;
      }
    }
    return found == null ? Optional.empty() : parse(found.value().strip());
  }

  /// Parses a field. Of a later version of the specification, the part that this one knows is used.
  private static Optional<TraceContext> parse(String field) {
    var parts = FIELD.matcher(field);
    if (!parts.matches()) {
      return Optional.empty();
    }
    var version = parts.group("version");
    boolean wrong =
        version.equals("ff")
            || version.equals("00") && field.length() != VERSION_0_CHARS
            || ZEROS.matcher(parts.group("trace")).matches()
            || ZEROS.matcher(parts.group("parent")).matches();
    return wrong
        ? Optional.empty()
        : Optional.of(
            new TraceContext(parts.group("trace"), parts.group("parent"), parts.group("flags")));
  }

  /// Whether the trace is recorded.
  public boolean sampled() {
    return (Integer.parseInt(flags, 16) & 1) == 1;
  }

  /// The header field.
  public Header header() {
    return new Header(HEADER, "00-" + traceId + "-" + parentId + "-" + flags);
  }
}
