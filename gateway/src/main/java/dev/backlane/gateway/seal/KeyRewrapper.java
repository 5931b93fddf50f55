package dev.backlane.gateway.seal;

import dev.backlane.engine.store.RecordStore;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.UnaryOperator;

/// Wraps data keys for another master key while they are copied from one store to another, and
/// passes other records unchanged.
public final class KeyRewrapper implements UnaryOperator<RecordStore.Entry> {
  private final List<MasterKey> known;
  private final MasterKey target;
  private final SecureRandom random = new SecureRandom();

  /// @param known master keys that may wrap them now
  /// @param target the one that wraps them afterwards
  public KeyRewrapper(List<MasterKey> known, MasterKey target) {
    this.known = List.copyOf(known);
    this.target = target;
  }

  /// @throws MasterKeyException if the master key that wraps it is none of the known ones
  @Override
  public RecordStore.Entry apply(RecordStore.Entry entry) {
    if (!entry.kind().equals(DataKeys.KIND)) {
      return entry;
    }
    int wrappedBy = WrappedKey.masterKeyId(entry.value());
    if (wrappedBy == target.id()) {
      // Verifies that it can be opened.
      WrappedKey.open(entry.value(), target);
      return entry;
    }
    var key = WrappedKey.open(entry.value(), known(wrappedBy));
    return new RecordStore.Entry(
        entry.kind(), entry.name(), entry.version(), WrappedKey.seal(key, target, random));
  }

  private MasterKey known(int id) {
    return known.stream()
        .filter(key -> key.id() == id)
        .findFirst()
        .orElseThrow(() ->
            new MasterKeyException(
                "the store was sealed with the master key %s, which is missing; restore it as master.key, or set it as store.previous-master-key"
                    .formatted(MasterKey.hex(id))));
  }
}
