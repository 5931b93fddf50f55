package dev.backlane.engine.store.listing;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Ownership;

/// A caller that reads operations, and the rule that decides which.
public record Reader(Ownership ownership, Caller caller) {
  /// Whether it may read, list and cancel an operation that `starter` started.
  public boolean mayRead(Caller starter) {
    return ownership.mayRead(caller, starter);
  }
}
