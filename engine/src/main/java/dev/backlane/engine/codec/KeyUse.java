package dev.backlane.engine.codec;

import dev.backlane.engine.operation.OperationId;

/// The operation of an idempotency key.
///
/// @param day under which the store keeps it, in days since 1970; a position to continue from, not
///     transferred
/// @param digest of the key ([CallerDigests])
/// @param first the operation that was accepted under it
/// @param fingerprint of the call
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record KeyUse(int day, byte[] digest, OperationId first, byte[] fingerprint) {}
