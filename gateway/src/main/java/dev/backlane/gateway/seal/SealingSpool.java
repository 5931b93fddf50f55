package dev.backlane.gateway.seal;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Spool;
import org.jspecify.annotations.Nullable;

/// Encrypts the bytes written to it and passes them to the store's spool. For one thread.
final class SealingSpool implements Spool {
  private final Spool spool;
  private final BodyCipher cipher;
  private final byte[] segment = new byte[BodyCipher.SEGMENT_BYTES];
  private int filled;
  private int written;
  private long clearLength;
  private Content.@Nullable Spooled sealed;

  SealingSpool(Spool spool, BodyCipher cipher) {
    this.spool = spool;
    this.cipher = cipher;
    spool.write(cipher.head(), 0, BodyCipher.HEAD_BYTES);
  }

  @Override
  public void expect(long bytes) {
    spool.expect(BodyCipher.sealedLength(bytes));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    clearLength += length;
    int at = offset;
    int left = length;
    while (left > 0) {
      // A full segment waits until it is known whether it is the last.
      if (filled == segment.length) {
        flush(false);
      }
      int count = Math.min(left, segment.length - filled);
      System.arraycopy(bytes, at, segment, filled, count);
      filled += count;
      at += count;
      left -= count;
    }
  }

  private void flush(boolean last) {
    byte[] bytes = cipher.seal(segment, filled, written, last);
    spool.write(bytes, 0, bytes.length);
    written++;
    filled = 0;
  }

  @Override
  public Content.Spooled seal() {
    flush(true);
    sealed = spool.seal();
    return new Content.Spooled(clearLength, this);
  }

  /// The sealed bytes as the store has them.
  Content.Spooled sealed() {
    if (sealed == null) {
      throw new IllegalStateException("a spool is sealed before it is stored");
    }
    return sealed;
  }

  @Override
  public void close() {
    spool.close();
  }
}
