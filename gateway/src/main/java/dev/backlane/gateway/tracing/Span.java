package dev.backlane.gateway.tracing;

import dev.backlane.engine.operation.Header;
import java.util.List;

/// One step of a call, from its begin to [#close]. For one thread at a time.
public interface Span extends AutoCloseable {
  /// A step that is not recorded, and leaves the context of requests as it is.
  Span NONE = new Span() {};

  /// The header fields of a request that this step sends or stores: those given, with the context
  /// of this step in place of the context that they have.
  default List<Header> propagate(List<Header> fields) {
    return fields;
  }

  /// Adds what is known of the step.
  ///
  /// @param name by the semantic conventions of OpenTelemetry, or beginning with `backlane.`
  default void set(String name, String value) {}

  /// As above, with a number.
  default void set(String name, long value) {}

  /// Marks the step as failed.
  ///
  /// @param type a word of a small set
  default void failed(String type) {}

  /// Ends the step.
  @Override
  default void close() {}
}
