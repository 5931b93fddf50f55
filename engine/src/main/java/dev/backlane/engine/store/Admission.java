package dev.backlane.engine.store;

import java.util.Optional;

/// Tells whether there is room for something new. What was accepted before is worked off all the same. Thread-safe.
@FunctionalInterface
public interface Admission {
  /// There always is.
  Admission OPEN = Optional::empty;

  /// Why nothing new is taken at present, with the mend; empty where it is.
  Optional<String> refusal();

  /// What [#refusal] is about, in a word that is fit for everybody.
  default String reason() {
    return "store-unavailable";
  }
}
