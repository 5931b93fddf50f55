package dev.backlane.store.postgres.operations;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.ContentChecksum;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A large content that is written chunk by chunk, each in a separate commit. Chunks that no
/// operation refers to are deleted on close or, if the process ends before that, with their
/// partition. For one thread.
public final class ChunkSpool implements Spool {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkSpool.class);

  private enum State {
    OPEN,
    SEALED,
    /// A commit refers to it, or its outcome is unknown.
    KEPT,
    DISCARDED
  }

  private final Database database;
  private final Partitions partitions;
  private final OperationId id;
  private final UUID spool = UUID.randomUUID();
  private final byte[] buffer = new byte[ChunkedContent.CHUNK_BYTES];
  private int buffered;
  private int chunks;
  private long length;
  private State state = State.OPEN;
  private boolean earlierOutcomeUnknown;

  public ChunkSpool(Database database, Partitions partitions, OperationId id) {
    this.database = database;
    this.partitions = partitions;
    this.id = id;
  }

  /// The name of its chunks.
  UUID name() {
    return spool;
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    checkOpen();
    int from = offset;
    int remaining = count;
    while (remaining > 0) {
      int part = Math.min(remaining, buffer.length - buffered);
      System.arraycopy(bytes, from, buffer, buffered, part);
      buffered += part;
      from += part;
      remaining -= part;
      if (buffered == buffer.length) {
        flush();
      }
    }
    length += count;
  }

  private void checkOpen() {
    if (state != State.OPEN) {
      throw new StoreException("the content is sealed; no bytes can be added");
    }
  }

  private void flush() {
    byte[] chunk = new ContentChecksum(spool.toString()).append(chunks, buffer, buffered);
    partitions.retryIfDropped(() -> {
      var table = partitions.ensure(Partitions.millis(id)).table("chunk");
      return database.use(connection -> {
        try (var write =
            connection.prepareStatement(
                "INSERT INTO "
                    + table
                    + " (operation, spool, number, bytes) VALUES (?, ?, ?, ?)")) {
          new Parameters(write).id(id).uuid(spool).count(chunks).bytes(chunk);
          return write.executeUpdate();
        }
      });
    });
    chunks++;
    buffered = 0;
  }

  @Override
  public Content.Spooled seal() {
    checkOpen();
    if (buffered > 0) {
      flush();
    }
    state = State.SEALED;
    return new Content.Spooled(length, this);
  }

  /// Records that a commit that refers to it begins.
  void committing() {
    if (state != State.SEALED && state != State.KEPT) {
      throw new IllegalStateException("a content that is " + state + " cannot be committed");
    }
    // An earlier commit referred to it, and its outcome is unknown.
    earlierOutcomeUnknown |= state == State.KEPT;
    state = State.KEPT;
  }

  /// Records that the commit does not refer to it.
  void refused() {
    if (!earlierOutcomeUnknown) {
      state = State.SEALED;
    }
  }

  @Override
  public void close() {
    if (state == State.KEPT || state == State.DISCARDED) {
      return;
    }
    state = State.DISCARDED;
    if (chunks == 0) {
      return;
    }
    try {
      partitions.find(Partitions.millis(id)).ifPresent(this::delete);
    } catch (StoreException | Database.TableMissingException failed) {
      LOG.debug(
          "unused chunks of operation {} could not be deleted; they are dropped with their partition: {}",
          id,
          failed.getMessage());
    }
  }

  private void delete(PartitionRange range) {
    database.use(connection -> {
      try (var delete =
          connection.prepareStatement(
              "DELETE FROM " + range.table("chunk") + " WHERE operation = ? AND spool = ?")) {
        new Parameters(delete).id(id).uuid(spool);
        return delete.executeUpdate();
      }
    });
  }
}
