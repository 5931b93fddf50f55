package dev.backlane.engine.operation;

import java.util.Arrays;

/// The caller's credentials in encrypted form: the engine and the stores carry them and cannot read them.
///
/// @param bytes cipher text with its nonce and tag; not to be changed
@SuppressWarnings(
    "ArrayRecordComponent") // Equality and text are defined below; a copy for each hop would buy
// nothing.
public record SealedCredentials(byte[] bytes) {
  /// No credentials.
  public static final SealedCredentials NONE = new SealedCredentials(new byte[0]);

  /// Tells whether there are none.
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

  /// Tells the length only.
  @Override
  public String toString() {
    return "SealedCredentials[" + bytes.length + " bytes]";
  }
}
