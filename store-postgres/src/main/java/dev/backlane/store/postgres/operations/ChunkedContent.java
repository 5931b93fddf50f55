package dev.backlane.store.postgres.operations;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.io.InputStream;
import java.util.UUID;

/// A large content, read chunk by chunk: no connection is held while its reader is slow. Thread-safe; a stream is for one
/// thread.
public final class ChunkedContent implements StoredContent {
  /// Bytes of each chunk but the last, 256 KiB: a round trip costs little beside it, and a thousand readers at once 256 MiB.
  static final int CHUNK_BYTES = 256 * 1024;

  private final Database database;
  private final PartitionRange span;
  private final OperationId id;
  private final UUID spool;
  private final long length;

  public ChunkedContent(
      Database database, PartitionRange span, OperationId id, UUID spool, long length) {
    this.database = database;
    this.span = span;
    this.id = id;
    this.spool = spool;
    this.length = length;
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
        try (var ask =
            connection.prepareStatement(
                "SELECT bytes FROM "
                    + span.table("chunk")
                    + " WHERE operation = ? AND spool = ? AND number = ?")) {
          new Parameters(ask).id(id).uuid(spool).count(number);
          try (var row = ask.executeQuery()) {
            if (!row.next()) {
              throw new StoreException(
                  "chunk " + number + " of a content of operation " + id + " is missing");
            }
            return row.getBytes(1);
          }
        }
      });
    } catch (Database.TableMissingException forgotten) {
      throw new StoreException("the content of operation " + id + " was forgotten", forgotten);
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
      int octet = bytes[within()] & 0xFF;
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
      int read = Math.min(count, bytes.length - within());
      System.arraycopy(bytes, within(), into, offset, read);
      position += read;
      return read;
    }

    private int within() {
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
      if (within() >= bytes.length) {
        throw new StoreException("chunk " + number + " of operation " + id + " is too short");
      }
      return true;
    }
  }
}
