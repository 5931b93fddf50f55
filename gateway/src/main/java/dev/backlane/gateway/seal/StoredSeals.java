package dev.backlane.gateway.seal;

import dev.backlane.engine.inspection.Seals;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Part;
import dev.backlane.engine.store.StoredContent;

/// Opens what is sealed in a store that is looked through. Thread-safe.
public final class StoredSeals implements Seals {
  private final DataKeys keys;
  private final CredentialSeal credentials;

  public StoredSeals(DataKeys keys) {
    this.keys = keys;
    this.credentials = new CredentialSeal(keys);
  }

  @Override
  public void openCredentials(Operation operation) {
    credentials.open(operation.credentials(), operation.id());
  }

  @Override
  public StoredContent clear(Operation operation, Part part, StoredContent stored) {
    return SealingStore.clear(stored, operation, part, keys);
  }
}
