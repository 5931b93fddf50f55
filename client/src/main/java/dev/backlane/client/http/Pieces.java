package dev.backlane.client.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A content that is read piece by piece. For one thread.
public interface Pieces extends AutoCloseable {
  /// Waits for the next piece.
  ///
  /// @return null at the end
  @Nullable List<ByteBuffer> next() throws IOException, InterruptedException;

  /// Ends the reading. Any thread may call it.
  @Override
  void close();

  /// A content without a byte.
  static Pieces none() {
    return new Pieces() {
      @Override
      public @Nullable List<ByteBuffer> next() {
        return null;
      }

      @Override
      public void close() {}
    };
  }
}
