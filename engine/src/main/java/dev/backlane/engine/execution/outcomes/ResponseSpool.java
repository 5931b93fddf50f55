package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A large response that is being received. It is written to a local file, so that it does not
/// depend on the store. If the local disk fails or is full, what was written so far is copied to
/// the store, which receives the rest directly. For one thread.
final class ResponseSpool implements Spool {
  private final BodyWriter local;
  private final Supplier<Spool> stores;
  private final SpoolLog log;
  private @Nullable Spool stored;
  private boolean localEnded;

  /// @param stores opens a spool of the store
  ResponseSpool(BodyWriter local, Supplier<Spool> stores, SpoolLog log) {
    this.local = local;
    this.stores = stores;
    this.log = log;
  }

  @Override
  public void expect(long bytes) {
    if (stored == null) {
      try {
        local.expect(bytes);
        return;
      } catch (IOException full) {
        moveToStore(full);
      }
    }
    if (stored != null) {
      stored.expect(bytes);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    int at = offset;
    int end = offset + count;
    while (at < end) {
      if (stored == null && local.full()) {
        flush();
      }
      if (stored != null) {
        stored.write(bytes, at, end - at);
        return;
      }
      at += local.add(bytes, at, end - at);
    }
  }

  private void flush() {
    try {
      local.flush();
    } catch (IOException | StoreException full) {
      moveToStore(full);
    }
  }

  @Override
  public Content.Spooled seal() {
    if (stored == null) {
      try {
        var body = local.complete();
        localEnded = true;
        log.worked();
        return new Content.Spooled(body.length(), body);
      } catch (IOException | StoreException full) {
        return moveToStore(full).seal();
      }
    }
    return stored.seal();
  }

  private Spool moveToStore(Exception why) {
    log.failed(why);
    var to = stores.get();
    stored = to;
    try (var flushed = local.flushed()) {
      byte[] buffer = new byte[LocalBody.BLOCK_BYTES];
      for (int read = flushed.read(buffer); read >= 0; read = flushed.read(buffer)) {
        to.write(buffer, 0, read);
      }
      to.write(local.unflushed(), 0, local.unflushedBytes());
    } catch (IOException | DamagedSpoolException unreadable) {
      throw new StoreException(
          "the start of a response in the spool directory cannot be read", unreadable);
    }
    discardLocal();
    return to;
  }

  private void discardLocal() {
    if (!localEnded) {
      localEnded = true;
      try {
        local.discard();
      } catch (IOException failed) {
        log.failed(failed);
      }
    }
  }

  @Override
  public void close() {
    discardLocal();
    if (stored != null) {
      stored.close();
    }
  }
}
