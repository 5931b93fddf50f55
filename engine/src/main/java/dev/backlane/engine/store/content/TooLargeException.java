package dev.backlane.engine.store.content;

/// A content is longer than permitted.
public final class TooLargeException extends Exception {
  private static final long serialVersionUID = 1L;
  private final long bytesMax;

  TooLargeException(long bytesMax) {
    super("the content is longer than " + bytesMax + " bytes");
    this.bytesMax = bytesMax;
  }

  /// The permitted length in bytes.
  public long bytesMax() {
    return bytesMax;
  }
}
