package dev.backlane.store.postgres.operations;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.util.Arrays;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A large content being written chunk by chunk, each committed for itself. What no operation comes to refer to is deleted, or
/// goes with its partition where its process died. For one thread.
public final class ChunkSpool implements Spool {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkSpool.class);

  private enum State {
    OPEN,
    SEALED,
    /// A commit refers to it, or may.
    KEPT,
    GONE
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
  private boolean doubtful;

  public ChunkSpool(Database database, Partitions partitions, OperationId id) {
    this.database = database;
    this.partitions = partitions;
    this.id = id;
  }

  /// Its name.
  UUID name() {
    return spool;
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    checkOpen();
    int from = offset;
    int left = count;
    while (left > 0) {
      int part = Math.min(left, buffer.length - buffered);
      System.arraycopy(bytes, from, buffer, buffered, part);
      buffered += part;
      from += part;
      left -= part;
      if (buffered == buffer.length) {
        flush();
      }
    }
    length += count;
  }

  private void checkOpen() {
    if (state != State.OPEN) {
      throw new StoreException("the content is sealed and takes no more");
    }
  }

  private void flush() {
    byte[] chunk = buffered == buffer.length ? buffer : Arrays.copyOf(buffer, buffered);
    partitions.naming(() -> {
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

  /// A commit that refers to it begins: from now on it may be referred to.
  void committing() {
    if (state != State.SEALED && state != State.KEPT) {
      throw new IllegalStateException("a content that is " + state + " cannot be committed");
    }
    // Offered before, and what came of that is not known.
    doubtful |= state == State.KEPT;
    state = State.KEPT;
  }

  /// This commit does not refer to it after all.
  void refused() {
    if (!doubtful) {
      state = State.SEALED;
    }
  }

  @Override
  public void close() {
    if (state == State.KEPT || state == State.GONE) {
      return;
    }
    state = State.GONE;
    if (chunks == 0) {
      return;
    }
    try {
      partitions.find(Partitions.millis(id)).ifPresent(this::delete);
    } catch (StoreException | Database.TableMissingException failed) {
      LOG.debug("chunks of {} stay until their partition is dropped: {}", id, failed.getMessage());
    }
  }

  private void delete(PartitionRange span) {
    database.use(connection -> {
      try (var delete =
          connection.prepareStatement(
              "DELETE FROM " + span.table("chunk") + " WHERE operation = ? AND spool = ?")) {
        new Parameters(delete).id(id).uuid(spool);
        return delete.executeUpdate();
      }
    });
  }
}
