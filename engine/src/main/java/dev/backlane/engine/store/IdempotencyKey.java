package dev.backlane.engine.store;

import java.time.Instant;
import java.util.Arrays;

/// An idempotency key, and the data that shows whether two calls with the same key are equal.
///
/// @param key the `Idempotency-Key` header; unique within the caller's tenant and client
/// @param fingerprint digest of the call: method, target and body
/// @param validSince the key of an operation that was received earlier has expired
@SuppressWarnings("ArrayRecordComponent") // Equality is defined below.
public record IdempotencyKey(String key, byte[] fingerprint, Instant validSince) {
  @Override
  public boolean equals(Object other) {
    return other instanceof IdempotencyKey that
        && key.equals(that.key)
        && Arrays.equals(fingerprint, that.fingerprint)
        && validSince.equals(that.validSince);
  }

  @Override
  public int hashCode() {
    return 31 * key.hashCode() + Arrays.hashCode(fingerprint);
  }
}
