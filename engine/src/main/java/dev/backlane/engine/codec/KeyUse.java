package dev.backlane.engine.codec;

import dev.backlane.engine.operation.OperationId;

/// Which operation an idempotency key stands for.
///
/// @param day under which the store keeps it, since 1970; a place to go on from, and no part of what is moved
/// @param digest names the key, as [dev.backlane.engine.codec.CallerDigests] makes it
/// @param first the operation that was accepted under it
/// @param fingerprint of the call
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record KeyUse(int day, byte[] digest, OperationId first, byte[] fingerprint) {}
