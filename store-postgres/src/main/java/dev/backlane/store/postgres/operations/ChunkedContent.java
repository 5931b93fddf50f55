package dev.backlane.store.postgres.operations;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.ContentChecksum;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.io.InputStream;
import java.util.UUID;

/// A large content, read chunk by chunk, so that a slow reader holds no connection. Each chunk is
/// stored with its checksum, which is checked before its bytes are returned. Thread-safe; a
/// stream is for one thread.
public final class ChunkedContent implements StoredContent {
  /// The size of each chunk except the last, 256 KiB, without its checksum: large enough that round
  /// trips do not dominate, and small enough that a thousand concurrent readers need only 256 MiB.
  static final int CHUNK_BYTES = 256 * 1024;

  private final Database database;
  private final PartitionRange range;
  private final OperationId id;
  private final UUID spool;
  private final long length;
  private final ContentChecksum checksum;

  public ChunkedContent(
      Database database, PartitionRange range, OperationId id, UUID spool, long length) {
    this.database = database;
    this.range = range;
    this.id = id;
    this.spool = spool;
    this.length = length;
    this.checksum = new ContentChecksum(spool.toString());
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public InputStream open(long offset) {
    StoredContent.checkOffset(offset, length);
    return new Chunks(offset);
  }

  private byte[] chunk(int number) {
    try {
      return database.read(connection -> {
        try (var query =
            connection.prepareStatement(
                "SELECT bytes FROM "
                    + range.table("chunk")
                    + " WHERE operation = ? AND spool = ? AND number = ?")) {
          new Parameters(query).id(id).uuid(spool).count(number);
          try (var row = query.executeQuery()) {
            if (!row.next()) {
              throw new StoreException.Damaged(
                  "chunk " + number + " of a content of operation " + id + " is missing");
            }
            return checksum.remove(number, row.getBytes(1));
          }
        }
      });
    } catch (Database.TableMissingException pruned) {
      throw new StoreException("the content of operation " + id + " was pruned", pruned);
    }
  }

  private final class Chunks extends InputStream {
    private long position;
    private int number = -1;
    private byte[] bytes = new byte[0];

    Chunks(long offset) {
      this.position = offset;
    }

    @Override
    public int read() {
      if (!fill()) {
        return -1;
      }
      int octet = bytes[offsetInChunk()] & 0xFF;
      position++;
      return octet;
    }

    @Override
    public int read(byte[] into, int offset, int count) {
      if (count == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int read = Math.min(count, bytes.length - offsetInChunk());
      System.arraycopy(bytes, offsetInChunk(), into, offset, read);
      position += read;
      return read;
    }

    private int offsetInChunk() {
      return (int) (position % CHUNK_BYTES);
    }

    private boolean fill() {
      if (position >= length) {
        return false;
      }
      int wanted = (int) (position / CHUNK_BYTES);
      if (wanted != number) {
        bytes = chunk(wanted);
        number = wanted;
      }
      if (offsetInChunk() >= bytes.length) {
        throw new StoreException.Damaged(
            "chunk " + number + " of operation " + id + " is too short");
      }
      return true;
    }
  }
}
