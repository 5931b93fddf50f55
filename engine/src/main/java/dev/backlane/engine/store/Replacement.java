package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import java.util.Optional;

/// The replacement of one operation by its next version, without a response content.
///
/// @param to the next version of `from`
/// @param delivery the delivery that reports the end; empty if there is none
public record Replacement(Operation from, Operation to, Optional<Delivery> delivery) {
  /// What became of a replacement.
  public sealed interface Result {
    /// `to` is stored.
    record Replaced() implements Result {}

    /// Another version than `from` is stored; nothing was written.
    record Stale() implements Result {}

    /// The store refuses a value of this replacement; nothing was written.
    ///
    /// @param why which value is refused, or what is damaged
    record Refused(String why) implements Result {}

    /// The result of a compare-and-set.
    static Result of(boolean replaced) {
      return replaced ? new Replaced() : new Stale();
    }
  }
}
