package dev.backlane.gateway.http.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/// Ends each chunk with its write. Jetty sends the CR LF after a chunk together with the next one;
/// clients that read it before they hand the chunk on (urllib3) would see each event of a stream
/// only when the next arrives. Content that is sent in chunks must come from [#content].
final class WholeChunks extends HttpGenerator {
  private static final int LINE_BREAK_BYTES = 2;

  private boolean chunkEnded;

  /// A copy of content with its line break behind the limit.
  static ByteBuffer content(byte[] bytes, int offset, int length) {
    byte[] content = new byte[length + LINE_BREAK_BYTES];
    System.arraycopy(bytes, offset, content, 0, length);
    content[length] = '\r';
    content[length + 1] = '\n';
    return ByteBuffer.wrap(content, 0, length);
  }

  @Override
  public Result generateResponse(
      MetaData.@Nullable Response info,
      boolean head,
      @Nullable ByteBuffer header,
      @Nullable ByteBuffer chunk,
      @Nullable ByteBuffer content,
      boolean last)
      throws IOException {
    var result = super.generateResponse(info, head, header, chunk, content, last);
    if (result == Result.FLUSH) {
      if (chunkEnded && chunk != null && BufferUtil.hasContent(chunk)) {
        chunk.position(chunk.position() + LINE_BREAK_BYTES);
        chunkEnded = false;
      }
      if (isChunking() && content != null && BufferUtil.hasContent(content)) {
        content.limit(content.limit() + LINE_BREAK_BYTES);
        chunkEnded = true;
      }
    }
    return result;
  }

  @Override
  public void reset() {
    super.reset();
    chunkEnded = false;
  }
}
