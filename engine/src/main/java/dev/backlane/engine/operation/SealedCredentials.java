package dev.backlane.engine.operation;

import java.util.Arrays;

/// The caller's credentials in encrypted form; the engine and the stores cannot read them.
///
/// @param bytes ciphertext with its nonce and tag; not to be modified
@SuppressWarnings(
    "ArrayRecordComponent") // Equality and text are defined below; the bytes are never modified.
public record SealedCredentials(byte[] bytes) {
  /// No credentials.
  public static final SealedCredentials NONE = new SealedCredentials(new byte[0]);

  /// Whether there are none.
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SealedCredentials(byte[] theirs) && Arrays.equals(bytes, theirs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Shows only the length.
  @Override
  public String toString() {
    return "SealedCredentials[" + bytes.length + " bytes]";
  }
}
