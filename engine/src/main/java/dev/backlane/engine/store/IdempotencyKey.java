package dev.backlane.engine.store;

import java.util.Arrays;

/// An idempotency key, and the data that shows whether two calls with the same key are equal. It is
/// valid while the operation that was accepted under it is stored.
///
/// @param key the `Idempotency-Key` header; unique within the caller's tenant and client
/// @param fingerprint digest of the call: method, target and body
@SuppressWarnings("ArrayRecordComponent") // Equality is defined below.
public record IdempotencyKey(String key, byte[] fingerprint) {
  @Override
  public boolean equals(Object other) {
    return other instanceof IdempotencyKey that
        && key.equals(that.key)
        && Arrays.equals(fingerprint, that.fingerprint);
  }

  @Override
  public int hashCode() {
    return 31 * key.hashCode() + Arrays.hashCode(fingerprint);
  }
}
