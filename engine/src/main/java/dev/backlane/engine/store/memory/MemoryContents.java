package dev.backlane.engine.store.memory;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.ByteArrayOutputStream;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Stores contents in memory. Thread-safe.
final class MemoryContents {
  private final NavigableMap<OperationId, ConcurrentMap<Part, byte[]>> contents =
      new ConcurrentSkipListMap<>();
  private final AtomicInteger openSpools = new AtomicInteger();

  Spool spool() {
    return new MemorySpool(openSpools);
  }

  void put(OperationId id, Part part, Content content) {
    byte[] bytes = bytes(content);
    if (bytes.length > 0) {
      contents.computeIfAbsent(id, _ -> new ConcurrentHashMap<>()).put(part, bytes);
    }
  }

  Optional<StoredContent> get(OperationId id, Part part) {
    return Optional.ofNullable(contents.get(id))
        .flatMap(parts -> Optional.ofNullable(parts.get(part)))
        .map(InMemoryContent::new);
  }

  void remove(OperationId id) {
    contents.remove(id);
  }

  void clear() {
    contents.clear();
  }

  /// The operations that have a content.
  Set<OperationId> ids() {
    return Set.copyOf(contents.keySet());
  }

  /// The total length of all contents.
  long bytes() {
    return contents.values().stream()
        .flatMap(parts -> parts.values().stream())
        .mapToLong(bytes -> bytes.length)
        .sum();
  }

  /// Spools that are neither closed nor referred to by a commit.
  int openSpools() {
    return openSpools.get();
  }

  private static byte[] bytes(Content content) {
    return switch (content) {
      case Content.Inline(byte[] bytes) -> bytes;
      case Content.Spooled(long _, MemorySpool spool) -> spool.storedBytes();
      case Content.Spooled _ -> throw new IllegalStateException("a spool of another store");
    };
  }

  private static final class MemorySpool implements Spool {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final AtomicInteger openSpools;
    private boolean sealed;
    private boolean closed;

    MemorySpool(AtomicInteger openSpools) {
      this.openSpools = openSpools;
      openSpools.incrementAndGet();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (sealed || closed) {
        throw new StoreException("the content is " + (sealed ? "sealed" : "closed") + " already");
      }
      written.write(bytes, offset, length);
    }

    @Override
    public Content.Spooled seal() {
      if (closed) {
        throw new StoreException("the content is closed already");
      }
      sealed = true;
      return new Content.Spooled(written.size(), this);
    }

    byte[] storedBytes() {
      if (!sealed || closed) {
        throw new IllegalStateException(
            "only a sealed content that was not discarded can be stored");
      }
      return written.toByteArray();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openSpools.decrementAndGet();
      }
    }
  }
}
