package dev.backlane.gateway.seal;

import dev.backlane.engine.execution.outcomes.OutcomeSeal;
import java.util.Optional;

/// Seals what is written to the spool directory, whether or not bodies are encrypted in the store:
/// the local disk may have other readers. The key belongs to no tenant, so that one is known while
/// the store is unavailable. Thread-safe.
public final class SpoolSeal implements OutcomeSeal {
  private static final String NO_TENANT = "";

  private final Seal seal;

  /// @throws dev.backlane.engine.store.failure.StoreException if the first key cannot be created
  public SpoolSeal(DataKeys keys) {
    this.seal = new Seal(keys, "spool seal");
    keys.current(NO_TENANT);
  }

  @Override
  public byte[] seal(byte[] clear, byte[] name) {
    return seal.seal(clear, NO_TENANT, name);
  }

  @Override
  public Optional<byte[]> open(byte[] sealed, byte[] name) {
    try {
      return Optional.of(seal.open(sealed, name));
    } catch (UnsealException changedOrForeign) {
      return Optional.empty();
    }
  }
}
