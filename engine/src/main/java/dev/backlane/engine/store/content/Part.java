package dev.backlane.engine.store.content;

/// Which of an operation's two contents.
public enum Part {
  REQUEST,
  RESPONSE
}
