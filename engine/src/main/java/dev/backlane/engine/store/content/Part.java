package dev.backlane.engine.store.content;

/// One of the two contents of an operation.
public enum Part {
  REQUEST,
  RESPONSE
}
