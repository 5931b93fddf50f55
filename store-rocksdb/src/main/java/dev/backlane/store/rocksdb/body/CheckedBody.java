package dev.backlane.store.rocksdb.body;

import dev.backlane.engine.store.content.ContentChecksum;
import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// A stream of a body file from an offset. Each piece is checked before its first byte is returned,
/// so an altered byte is never read. For one thread.
final class CheckedBody extends InputStream {
  private final FileChannel channel;
  private final BodyFormat format;
  private final long length;
  private final ByteBuffer piece;
  private long position;

  /// @param channel closed with the stream
  /// @param length of the content
  CheckedBody(FileChannel channel, BodyFormat format, long length, long offset) {
    this.channel = channel;
    this.format = format;
    this.length = length;
    this.position = offset;
    this.piece =
        ByteBuffer.allocate((int) Math.min(BodyFormat.PIECE_BYTES, length) + ContentChecksum.BYTES)
            .limit(0);
  }

  @Override
  public int read() throws IOException {
    return fill() ? next() : -1;
  }

  private int next() {
    position++;
    return piece.get() & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int read = Math.min(count, piece.remaining());
    piece.get(into, offset, read);
    position += read;
    return read;
  }

  @Override
  public int available() {
    return (int) Math.min(length - position, Integer.MAX_VALUE);
  }

  private boolean fill() throws IOException {
    if (position >= length) {
      return false;
    }
    if (!piece.hasRemaining()) {
      read(position / BodyFormat.PIECE_BYTES, (int) (position % BodyFormat.PIECE_BYTES));
    }
    return true;
  }

  private void read(long number, int offset) throws IOException {
    int bytes = (int) Math.min(BodyFormat.PIECE_BYTES, length - number * BodyFormat.PIECE_BYTES);
    piece.clear().limit(bytes + ContentChecksum.BYTES);
    long at = BodyFormat.fileOffset(number);
    while (piece.hasRemaining()) {
      if (channel.read(piece, at + piece.position()) < 0) {
        throw new StoreException.Damaged("the content " + format.name() + " is truncated");
      }
    }
    piece.flip();
    format.checksum().check(number, piece);
    piece.limit(bytes).position(offset);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
