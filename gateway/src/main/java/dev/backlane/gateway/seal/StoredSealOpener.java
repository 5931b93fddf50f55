package dev.backlane.gateway.seal;

import dev.backlane.engine.inspection.SealOpener;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;

/// Opens sealed values of a store that is checked or copied. Thread-safe.
public final class StoredSealOpener implements SealOpener {
  private final DataKeys keys;
  private final CredentialSeal credentials;

  public StoredSealOpener(DataKeys keys) {
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
