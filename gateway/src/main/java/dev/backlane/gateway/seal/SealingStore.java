package dev.backlane.gateway.seal;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;

/// Encrypts bodies that are written to another store and decrypts those that are read:
/// `store.encrypt`. Contents stored before it was switched on or off stay readable: a sealed
/// content is longer than its operation says. Thread-safe.
public final class SealingStore extends ForwardingStore {
  private final DataKeys keys;
  private final boolean encrypt;
  private final SecureRandom random = new SecureRandom();

  /// @param encrypt whether new bodies are sealed
  public SealingStore(OperationStore store, DataKeys keys, boolean encrypt) {
    super(store);
    this.keys = keys;
    this.encrypt = encrypt;
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    var spool = store.spool(id, tenant, part);
    return encrypt ? new SealingSpool(spool, cipher(id, tenant, part)) : spool;
  }

  private BodyCipher cipher(OperationId id, String tenant, Part part) {
    return BodyCipher.sealing(keys.current(tenant), id, part, random.nextLong());
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    return store.accept(operation, sealed(request, operation, Part.REQUEST), key);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    return store.replace(from, to, sealed(response, to, Part.RESPONSE), delivery);
  }

  private Content sealed(Content content, Operation operation, Part part) {
    return switch (content) {
      case Content.Spooled(long _, SealingSpool spool) -> spool.sealed();
      case Content.Spooled clear -> clear;
      case Content.Inline(var bytes) ->
          encrypt && bytes.length > 0
              ? new Content.Inline(sealed(bytes, operation, part))
              : content;
    };
  }

  private byte[] sealed(byte[] clear, Operation operation, Part part) {
    var cipher = cipher(operation.id(), operation.caller().tenant(), part);
    var sealed = ByteBuffer.allocate((int) BodyCipher.sealedLength(clear.length));
    sealed.put(cipher.head());
    // An inline body is one segment at most.
    sealed.put(cipher.seal(clear, clear.length, 0, true));
    return sealed.array();
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    if (part == Part.RESPONSE && !operation.ended()) {
      // The operation may have ended since it was read. Without the length of its content, it is
      // unknown whether the content is sealed.
      return Optional.empty();
    }
    return store.content(operation, part).map(stored -> clear(stored, operation, part, keys));
  }

  /// The decrypted form of a stored content, whether it is sealed or not.
  static StoredContent clear(StoredContent stored, Operation operation, Part part, DataKeys keys) {
    long length = length(operation, part);
    boolean sealed = length > 0 && stored.length() == BodyCipher.sealedLength(length);
    return sealed ? new SealedContent(stored, keys, operation.id(), part, length) : stored;
  }

  private static long length(Operation operation, Part part) {
    return switch (part) {
      case REQUEST -> operation.request().contentLength();
      case RESPONSE ->
          operation.state() instanceof State.Finished finished
              ? finished.response().contentLength()
              : -1;
    };
  }
}
