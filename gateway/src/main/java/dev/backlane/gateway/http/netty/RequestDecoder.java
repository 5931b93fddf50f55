package dev.backlane.gateway.http.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/// Netty's decoder, strict, and one message at a time: bytes that the connection does not want yet
/// stay bytes, so that pipelined requests cost no more than what was read.
final class RequestDecoder extends HttpRequestDecoder {
  private static final int REQUEST_LINE_BYTES_MAX = 16 * 1024;
  private static final int PIECE_BYTES_MAX = 16 * 1024;
  private boolean begun;

  RequestDecoder(int headerBytesMax) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(REQUEST_LINE_BYTES_MAX)
            .setMaxHeaderSize(headerBytesMax)
            .setMaxChunkSize(PIECE_BYTES_MAX)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
    setSingleDecode(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    begun |= message instanceof ByteBuf bytes && bytes.isReadable();
    super.channelRead(context, message);
  }

  /// Decodes what has been read already.
  void decodeBuffered(ChannelHandlerContext context) throws Exception {
    super.channelRead(context, Unpooled.EMPTY_BUFFER);
  }

  /// Whether bytes arrived after [#awaitHead].
  boolean headBegun() {
    return begun;
  }

  /// Notes that the next bytes belong to a request's head.
  void awaitHead() {
    begun = actualReadableBytes() > 0;
  }

  // The superclass would drop Content-Length and go on (RFC 9112 section 6.1 allows to reject).
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
  }
}
