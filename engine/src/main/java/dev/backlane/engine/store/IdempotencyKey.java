package dev.backlane.engine.store;

import dev.backlane.engine.operation.Ownership;
import java.util.Arrays;

/// An idempotency key, and the data that shows whether two calls with the same key are equal. It is
/// valid while the operation that was accepted under it is stored.
///
/// @param key the `Idempotency-Key` header
/// @param ownership decides whether the key is valid for the caller's user or for its client
/// @param fingerprint digest of the call: method, target and body
@SuppressWarnings("ArrayRecordComponent") // Equality is defined below.
public record IdempotencyKey(String key, Ownership ownership, byte[] fingerprint) {
  @Override
  public boolean equals(Object other) {
    return other instanceof IdempotencyKey that
        && key.equals(that.key)
        && ownership == that.ownership
        && Arrays.equals(fingerprint, that.fingerprint);
  }

  @Override
  public int hashCode() {
    return 31 * key.hashCode() + Arrays.hashCode(fingerprint);
  }
}
