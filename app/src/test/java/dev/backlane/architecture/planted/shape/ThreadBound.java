package dev.backlane.architecture.planted.shape;

/// Hangs a value on a thread.
public final class Clinging {
  public static final ThreadLocal<String> VALUE = ThreadLocal.withInitial(() -> "");
}
