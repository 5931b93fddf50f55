package dev.backlane.architecture.planted.shape;

/// Uses a thread-local value.
public final class ThreadBound {
  public static final ThreadLocal<String> VALUE = ThreadLocal.withInitial(() -> "");
}
