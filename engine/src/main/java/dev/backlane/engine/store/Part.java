package dev.backlane.engine.store;

/// Which of an operation's two contents.
public enum Part {
  REQUEST,
  RESPONSE
}
