package dev.backlane.engine.execution.outcomes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/// Writes a response to a file of the spool directory, block by block ([LocalBody]). If a block
/// cannot be written, all bytes so far can still be read: those of earlier blocks from the file,
/// the others from memory. For one thread.
final class BodyWriter {
  private final Path folder;
  private final LocalBody.Name name;
  private final OutcomeSeal seal;
  private final SpoolBytes.Share used;
  private final FileChannel channel;
  private final byte[] block = new byte[LocalBody.BLOCK_BYTES];
  private int filled;
  private int blocks;
  private long written;

  BodyWriter(Path folder, LocalBody.Name name, OutcomeSeal seal, SpoolBytes.Share used)
      throws IOException {
    this.folder = folder;
    this.name = name;
    this.seal = seal;
    this.used = used;
    this.channel = SpoolFolder.newFile(name.in(folder));
  }

  /// Checks that a response of a known length fits.
  ///
  /// @throws IOException if it does not
  void expect(long bytes) throws IOException {
    used.check(bytes);
  }

  /// Whether [#flush] is required before more bytes can be added.
  boolean full() {
    return filled == block.length;
  }

  /// Adds bytes to the block in memory.
  ///
  /// @return how many were added
  int add(byte[] bytes, int offset, int count) {
    int added = Math.min(count, block.length - filled);
    System.arraycopy(bytes, offset, block, filled, added);
    filled += added;
    return added;
  }

  /// Writes the block in memory to the file. If this throws, the block stays in memory.
  void flush() throws IOException {
    byte[] clear = filled == block.length ? block : Arrays.copyOf(block, filled);
    byte[] sealed = seal.seal(clear, name.block(blocks));
    var buffer = ByteBuffer.allocate(Integer.BYTES + sealed.length);
    buffer.putInt(sealed.length).put(sealed).flip();
    int size = buffer.remaining();
    long from = channel.position();
    used.reserve(size);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException failed) {
      used.release(size);
      channel.truncate(from);
      throw failed;
    }
    blocks++;
    written += filled;
    filled = 0;
  }

  /// Completes the file.
  LocalBody complete() throws IOException {
    if (filled > 0) {
      flush();
    }
    channel.close();
    return new LocalBody(folder, name, written, seal, used);
  }

  /// Reads the blocks in the file.
  InputStream flushed() throws IOException {
    return new LocalBody.Blocks(name.in(folder), name, written, seal);
  }

  /// The block in memory; the first [#unflushedBytes] count.
  byte[] unflushed() {
    return block;
  }

  int unflushedBytes() {
    return filled;
  }

  void discard() throws IOException {
    channel.close();
    LocalBody.delete(name.in(folder), used);
  }
}
