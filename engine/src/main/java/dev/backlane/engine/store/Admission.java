package dev.backlane.engine.store;

import java.util.Optional;

/// Decides whether new operations are accepted at present. Operations that were accepted before are
/// executed regardless. Thread-safe.
@FunctionalInterface
public interface Admission {
  /// Always accepts.
  Admission OPEN = Optional::empty;

  /// The reason why new operations are refused at present, with the fix; empty if they are
  /// accepted.
  Optional<String> refusal();

  /// The category of [#refusal], a single word without internal details that clients may see.
  default String reason() {
    return "store-unavailable";
  }
}
