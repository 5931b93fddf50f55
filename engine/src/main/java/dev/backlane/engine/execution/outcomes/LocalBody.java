package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;

/// A complete response in a file of the spool directory. For one thread at a time.
///
/// The file is a sequence of sealed blocks of 64 KiB (the last may be shorter), each preceded by
/// its length in 4 bytes. A block opens only as the one with its number of this file; the length of
/// the whole is known to the reader. So truncation, reordering and changes are noticed.
final class LocalBody implements Spool {
  static final int BLOCK_BYTES = 64 * 1024;

  /// More than any seal adds to a block.
  private static final int SEALED_BYTES_MAX = 2 * BLOCK_BYTES;

  /// @param id the operation
  /// @param mark distinguishes the files of one operation
  record Name(OperationId id, long mark) {
    static final String SUFFIX = ".body";

    Path in(Path folder) {
      return folder.resolve(id + "." + HexFormat.of().toHexDigits(mark) + SUFFIX);
    }

    byte[] block(int number) {
      byte[] operation = id.bytes();
      return ByteBuffer.allocate(operation.length + Long.BYTES + Integer.BYTES)
          .put(operation)
          .putLong(mark)
          .putInt(number)
          .array();
    }
  }

  private final Path file;
  private final Name name;
  private final long length;
  private final OutcomeSeal seal;
  private final SpoolBytes.Share used;
  private boolean kept;

  LocalBody(Path folder, Name name, long length, OutcomeSeal seal, SpoolBytes.Share used) {
    this.file = name.in(folder);
    this.name = name;
    this.length = length;
    this.seal = seal;
    this.used = used;
  }

  Name name() {
    return name;
  }

  long length() {
    return length;
  }

  SpoolBytes.Share share() {
    return used;
  }

  /// Reads the clear bytes.
  ///
  /// @throws DamagedSpoolException here or from a read, if the file is missing or damaged
  /// @throws StoreException if it cannot be opened now, such as with too many open files
  InputStream open() {
    try {
      return new Blocks(file, name, length, seal);
    } catch (NoSuchFileException missing) {
      throw new DamagedSpoolException("the spooled response " + file + " is missing", missing);
    } catch (IOException failed) {
      throw new StoreException(
          "the spooled response " + file + " cannot be opened now: " + failed, failed);
    }
  }

  /// Makes the file durable; [#close] does not delete it any more.
  void keep() throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    kept = true;
  }

  /// Lets [#close] delete the file again.
  void release() {
    kept = false;
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    throw new IllegalStateException("a complete response cannot be extended");
  }

  @Override
  public Content.Spooled seal() {
    throw new IllegalStateException("a complete response is sealed already");
  }

  @Override
  public void close() {
    if (!kept) {
      delete(file, used);
    }
  }

  static void delete(Path file, SpoolBytes.Share used) {
    try {
      if (Files.exists(file)) {
        long size = Files.size(file);
        Files.delete(file);
        used.release(size);
      }
    } catch (IOException failed) {
      SpoolLog.notRemoved(file, failed);
    }
  }

  /// Opens block after block.
  static final class Blocks extends InputStream {
    private final DataInputStream in;
    private final Path file;
    private final Name name;
    private final OutcomeSeal seal;
    private long remaining;
    private int number;
    private ByteArrayInputStream block = new ByteArrayInputStream(new byte[0]);

    Blocks(Path file, Name name, long length, OutcomeSeal seal) throws IOException {
      this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
      this.file = file;
      this.name = name;
      this.seal = seal;
      this.remaining = length;
    }

    @Override
    public int read() {
      return more() ? block.read() : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) {
      return more() ? block.read(bytes, offset, count) : -1;
    }

    private boolean more() {
      while (block.available() == 0) {
        if (remaining == 0) {
          return false;
        }
        byte[] clear = next();
        if (clear.length == 0 || clear.length > remaining) {
          throw damaged("a block has an unexpected length");
        }
        remaining -= clear.length;
        block = new ByteArrayInputStream(clear);
      }
      return true;
    }

    private byte[] next() {
      try {
        int size = in.readInt();
        if (size < 0 || size > SEALED_BYTES_MAX) {
          throw damaged("a block has an invalid length");
        }
        byte[] sealed = in.readNBytes(size);
        return seal.open(sealed, name.block(number++))
            .orElseThrow(() -> damaged("a block was changed"));
      } catch (EOFException truncated) {
        throw damaged("it is truncated");
      } catch (IOException failed) {
        throw new DamagedSpoolException("the spooled response " + file + " cannot be read", failed);
      }
    }

    private DamagedSpoolException damaged(String why) {
      return new DamagedSpoolException("the spooled response " + file + " is damaged: " + why);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
