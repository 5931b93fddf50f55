package dev.backlane.engine.codec;

import dev.backlane.engine.operation.OperationId;

/// The use of an idempotency key for an operation.
///
/// @param day on which it is stored, counted from 1970; a position for paging, not transferred
/// @param digest of the key, from [CallerDigests]
/// @param first the operation that was accepted under it
/// @param fingerprint of the call
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record KeyUse(int day, byte[] digest, OperationId first, byte[] fingerprint) {}
