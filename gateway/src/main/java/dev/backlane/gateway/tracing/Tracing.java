package dev.backlane.gateway.tracing;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import java.util.ArrayList;
import java.util.List;

/// Records the steps of calls as spans of distributed traces.
///
/// ```text
/// caller's span ─▶ accept ─┬─▶ attempt 1 ─▶ upstream
///                          ├─▶ attempt 2 ─▶ upstream
///                          └─▶ notification ─▶ receiver
/// ```
///
/// The context of the accept is stored with the header fields of the call. An attempt or a
/// notification may happen hours later, at another node: it is a child of the accept, with a link
/// to it that says so. Thread-safe.
public interface Tracing extends AutoCloseable {
  /// Records nothing. What a caller sends passes to the upstream unchanged, and on to the receiver
  /// of the notification.
  Tracing OFF =
      new Tracing() {
        @Override
        public Span delivery(Delivery delivery, List<Header> context) {
          return context.isEmpty()
              ? Span.NONE
              : new Span() {
                @Override
                public List<Header> propagate(List<Header> fields) {
                  return replaced(fields, context);
                }
              };
        }
      };

  /// Begins the accept of a call.
  ///
  /// @param received the header fields of the call
  default Span accept(String method, List<Header> received) {
    return Span.NONE;
  }

  /// Begins an attempt.
  default Span attempt(Operation running) {
    return Span.NONE;
  }

  /// Begins an attempt to deliver a notification.
  ///
  /// @param context the fields of [#contextOf] of the operation; empty if it has none
  Span delivery(Delivery delivery, List<Header> context);

  /// Exports what is recorded, and records nothing afterwards. Takes a few seconds at most.
  @Override
  default void close() {}

  /// The fields with the context of a trace among the header fields of a call; empty if there is
  /// none, or it is malformed.
  static List<Header> contextOf(List<Header> fields) {
    return TraceContext.of(fields).isEmpty()
        ? List.of()
        : fields.stream().filter(Tracing::isContext).toList();
  }

  /// Header fields with another context.
  static List<Header> replaced(List<Header> fields, List<Header> context) {
    var result = new ArrayList<Header>(fields.size() + context.size());
    for (var field : fields) {
      if (!isContext(field)) {
        result.add(field);
      }
    }
    result.addAll(context);
    return result;
  }

  private static boolean isContext(Header field) {
    return field.is(TraceContext.HEADER) || field.is(TraceContext.VENDOR_HEADER);
  }
}
