package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Reads the files that RocksDB appends to, its log and its manifest, as far as is needed to notice
/// damage that RocksDB takes for the end of a file. Stateless.
///
/// Both are sequences of blocks of 32 KiB. A block is a sequence of fragments:
///
/// | bytes | content |
/// | --- | --- |
/// | 4 | masked CRC-32C of the type and the payload |
/// | 2 | length of the payload |
/// | 1 | type: a whole record, or its first, a middle or its last fragment |
/// | … | payload; in a log, that of a record begins with the number of a write (8 bytes) |
///
/// All numbers are little-endian. Less than a header at the end of a block is not used.
final class AppendedFile {
  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 7;
  private static final int CRC_ROTATED = 15;
  private static final int CRC_ADDED = 0xa282ead8;
  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int LAST = 4;

  private AppendedFile() {}

  /// Whether a log has an intact write whose number is higher. Each write is flushed before the
  /// next one begins, so a damaged write that is followed by another one was acknowledged. Without
  /// one, it may have been in progress when the power failed.
  ///
  /// @param folder of the database
  static boolean writesFollow(Path folder, long number) {
    try (var files = Files.list(folder)) {
      for (var file : files.filter(each -> each.toString().endsWith(".log")).toList()) {
        if (writesFollow(file, number, new byte[BLOCK_BYTES])) {
          return true;
        }
      }
      return false;
    } catch (IOException failed) {
      throw new StoreException("the log in " + folder + " cannot be read: " + failed, failed);
    }
  }

  private static boolean writesFollow(Path file, long number, byte[] block) throws IOException {
    try (var in = Files.newInputStream(file)) {
      for (int read = in.readNBytes(block, 0, BLOCK_BYTES);
          read > 0;
          read = in.readNBytes(block, 0, BLOCK_BYTES)) {
        if (writesFollow(ByteBuffer.wrap(block, 0, read).order(ByteOrder.LITTLE_ENDIAN), number)) {
          return true;
        }
      }
      return false;
    }
  }

  // RocksDB skips the rest of a block after a damaged fragment; here, fragments are searched at
  // each
  // position of it.
  private static boolean writesFollow(ByteBuffer block, long number) {
    for (int at = 0; at + HEADER_BYTES <= block.limit(); ) {
      int length = Short.toUnsignedInt(block.getShort(at + Integer.BYTES));
      if (isIntact(block, at, length)) {
        int type = block.get(at + HEADER_BYTES - 1);
        boolean begins = (type == WHOLE || type == FIRST) && length >= Long.BYTES;
        if (begins && block.getLong(at + HEADER_BYTES) > number) {
          return true;
        }
        at += HEADER_BYTES + length;
      } else {
        at++;
      }
    }
    return false;
  }

  /// How many bytes of a file are intact from its start. RocksDB takes zeros for the end.
  static long intactBytes(Path file) throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    try (var in = Files.newInputStream(file)) {
      long before = 0;
      for (int read = in.readNBytes(block, 0, BLOCK_BYTES);
          read > 0;
          read = in.readNBytes(block, 0, BLOCK_BYTES)) {
        int intact = intactBytes(ByteBuffer.wrap(block, 0, read).order(ByteOrder.LITTLE_ENDIAN));
        before += intact;
        if (intact < BLOCK_BYTES) {
          return before;
        }
      }
      return before;
    }
  }

  private static int intactBytes(ByteBuffer block) {
    int at = 0;
    while (at + HEADER_BYTES <= block.limit()) {
      int length = Short.toUnsignedInt(block.getShort(at + Integer.BYTES));
      if (!isIntact(block, at, length)) {
        return at;
      }
      at += HEADER_BYTES + length;
    }
    return block.limit();
  }

  private static boolean isIntact(ByteBuffer block, int at, int length) {
    int type = block.get(at + HEADER_BYTES - 1);
    if (type < WHOLE || type > LAST || at + HEADER_BYTES + length > block.limit()) {
      return false;
    }
    var sum = new CRC32C();
    sum.update(block.duplicate().position(at + HEADER_BYTES - 1).limit(at + HEADER_BYTES + length));
    int masked = Integer.rotateRight((int) sum.getValue(), CRC_ROTATED) + CRC_ADDED;
    return masked == block.getInt(at);
  }
}
