package dev.backlane.gateway.seal;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A sealed content that is decrypted while it is read.
record SealedContent(
    StoredContent stored, DataKeys keys, OperationId operation, Part part, long length)
    implements StoredContent {

  @Override
  public InputStream open(long offset) {
    try {
      byte[] head;
      try (var in = stored.open(0)) {
        head = in.readNBytes(BodyCipher.HEAD_BYTES);
      }
      var cipher = BodyCipher.opening(keys, operation, part, head);
      int segment = (int) (offset / BodyCipher.SEGMENT_BYTES);
      long from =
          BodyCipher.HEAD_BYTES
              + (long) segment * (BodyCipher.SEGMENT_BYTES + BodyCipher.TAG_BYTES);
      if (from >= stored.length()) {
        return InputStream.nullInputStream();
      }
      var in = new Segments(stored.open(from), cipher, segment);
      in.skipNBytes(offset % BodyCipher.SEGMENT_BYTES);
      return in;
    } catch (IOException unreadable) {
      throw new StoreException("a body of " + operation + " cannot be read", unreadable);
    } catch (UnsealException broken) {
      throw new StoreException.Damaged(String.valueOf(broken.getMessage()), broken);
    }
  }

  /// Opens segment after segment.
  private final class Segments extends InputStream {
    private final InputStream in;
    private final BodyCipher cipher;
    private final long last = BodyCipher.segments(length) - 1;
    private int next;
    private ByteArrayInputStream clear = new ByteArrayInputStream(new byte[0]);

    Segments(InputStream in, BodyCipher cipher, int first) {
      this.in = in;
      this.cipher = cipher;
      this.next = first;
    }

    @Override
    public int read() throws IOException {
      return more() ? clear.read() : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      return more() ? clear.read(bytes, offset, count) : -1;
    }

    @Override
    public int available() {
      return clear.available();
    }

    private boolean more() throws IOException {
      while (clear.available() == 0) {
        if (next > last) {
          return false;
        }
        byte[] sealed = in.readNBytes(BodyCipher.SEGMENT_BYTES + BodyCipher.TAG_BYTES);
        try {
          clear = new ByteArrayInputStream(cipher.open(sealed, next, next == last));
        } catch (UnsealException broken) {
          throw new IOException(
              new StoreException.Damaged(String.valueOf(broken.getMessage()), broken));
        }
        next++;
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
