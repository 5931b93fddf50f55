package dev.backlane.gateway.http.netty;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// The content of a response. Each write returns once the network has its bytes, so that a client
/// that reads slowly slows the handler, and is cut if it is slower than [Pace] allows.
final class ResponseStream extends OutputStream {
  /// Of what is waited for at a time.
  static final int PIECE_BYTES_MAX = 16 * 1024;

  private final NettyCall call;
  private final boolean hasContent;
  private final boolean lengthKnown;
  private final Pace pace;
  private long left;
  private boolean closed;

  ResponseStream(NettyCall call, boolean hasContent, OptionalLong length) {
    this.call = call;
    this.hasContent = hasContent;
    this.lengthKnown = length.isPresent();
    this.left = length.orElse(0);
    this.pace = new Pace(call.connection().listener().settings().idleTimeout());
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IOException("the response has ended");
    }
    if (lengthKnown && length > left && hasContent) {
      call.abort();
      throw new IOException("the response is longer than its Content-Length");
    }
    left -= length;
    if (hasContent && length > 0) {
      send(bytes, offset, length);
    }
  }

  private void send(byte[] bytes, int offset, int length) throws IOException {
    var channel = call.connection().channel();
    var writes = new ArrayList<ChannelFuture>(length / PIECE_BYTES_MAX + 1);
    for (int at = 0; at < length; at += PIECE_BYTES_MAX) {
      int piece = Math.min(PIECE_BYTES_MAX, length - at);
      var content = new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, offset + at, piece));
      writes.add(at + piece < length ? channel.write(content) : channel.writeAndFlush(content));
    }
    for (var write : writes) {
      await(write);
      pace.moved(PIECE_BYTES_MAX);
    }
  }

  private void await(ChannelFuture write) throws IOException {
    long start = System.nanoTime();
    try {
      if (!write.await(Math.max(0, pace.limitNanos()), TimeUnit.NANOSECONDS)) {
        throw cut(new IOException("the client read its response too slowly"));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw cut(new IOException("interrupted", interrupted));
    }
    pace.waited(System.nanoTime() - start);
    if (!write.isSuccess()) {
      throw new IOException("the client is gone", write.cause());
    }
  }

  // Waits for the close, since the event loop reads the caller's array until then.
  private IOException cut(IOException why) {
    call.connection().channel().close().awaitUninterruptibly();
    return why;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (lengthKnown && left > 0 && hasContent) {
      call.abort();
      throw new IOException("the response is shorter than its Content-Length");
    }
    call.end();
  }
}
