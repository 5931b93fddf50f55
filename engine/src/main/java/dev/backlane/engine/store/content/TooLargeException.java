package dev.backlane.engine.store.content;

/// A content is longer than it may be.
public final class TooLargeException extends Exception {
  private static final long serialVersionUID = 1L;
  private final long bytesMax;

  TooLargeException(long bytesMax) {
    super("the content is longer than " + bytesMax + " bytes");
    this.bytesMax = bytesMax;
  }

  /// What it may have at most.
  public long bytesMax() {
    return bytesMax;
  }
}
