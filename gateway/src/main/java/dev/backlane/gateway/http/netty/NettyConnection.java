package dev.backlane.gateway.http.netty;

import dev.backlane.gateway.http.Call;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection: requests one after the other, each with a virtual thread for its handler. Reads
/// from the network only what is wanted: a head, the next piece of a body, and after the body one
/// more read, which notices that the client is gone. Fields belong to the event loop.
final class NettyConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(NettyConnection.class);
  private static final long NEVER = 0;

  private final NettyListener listener;
  private final Channel channel;
  private final RequestDecoder decoder;
  // What was decoded behind the current call: at most one request and its empty content.
  private final List<HttpObject> pending = new ArrayList<>(2);
  private @Nullable NettyCall current;
  private boolean advancing;
  private boolean delivered;
  private boolean lingering;
  private boolean headTimed;
  private boolean head;
  private boolean sent;
  private volatile long deadlineNanos = NEVER;

  NettyConnection(NettyListener listener, Channel channel, RequestDecoder decoder) {
    this.listener = listener;
    this.channel = channel;
    this.decoder = decoder;
  }

  NettyListener listener() {
    return listener;
  }

  Channel channel() {
    return channel;
  }

  boolean respondsToHead() {
    return head;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    closeAfter(listener.settings().idleTimeout());
    advance();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    received((HttpObject) message);
  }

  private void received(HttpObject message) {
    delivered = true;
    if (lingering || !channel.isActive()) {
      ReferenceCountUtil.release(message);
    } else if (current != null && (message instanceof HttpRequest || !pending.isEmpty())) {
      pending.add(message);
    } else if (message instanceof HttpRequest request) {
      begin(request);
    } else if (message instanceof HttpContent content && current != null) {
      content(content, current);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(HttpRequest request) {
    deadlineNanos = NEVER;
    headTimed = false;
    sent = false;
    head = request.method().equals(HttpMethod.HEAD);
    var refusal = Refusal.of(request);
    if (refusal.isPresent()) {
      ReferenceCountUtil.release(request);
      linger();
      channel.writeAndFlush(refusal.get().response()).addListener(_ -> shutdownOutput());
      return;
    }
    var call = new NettyCall(this, request);
    current = call;
    Thread.ofVirtual().name("call").start(call::run);
  }

  private void content(HttpContent content, NettyCall call) {
    if (content.decoderResult().isFailure()) {
      content.release();
      call.body().fail(new ProtocolException("the chunks of the request's body are malformed"));
      return;
    }
    call.body().add(content.content(), content instanceof LastHttpContent);
    if (sent && call.body().complete()) {
      next();
    } else if (sent && call.body().bytesDiscarded() > Call.UNREAD_BYTES_MAX) {
      linger();
      shutdownOutput();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (current == null && !lingering && !headTimed && decoder.headBegun()) {
      headTimed = true;
      closeAfter(listener.settings().requestTimeout());
    }
    advance();
  }

  /// Reads on, from any thread.
  void demand() {
    channel.eventLoop().execute(this::advance);
  }

  private void advance() {
    if (advancing) {
      return;
    }
    advancing = true;
    try {
      while (channel.isActive() && wantsMore()) {
        delivered = false;
        decoder.decodeBuffered(channel.pipeline().context(decoder));
        if (!delivered) {
          channel.read();
          return;
        }
      }
    } catch (Exception broken) {
      broken(broken);
    } finally {
      advancing = false;
    }
  }

  private boolean wantsMore() {
    if (lingering || current == null) {
      return true;
    }
    return current.body().wantsMore() || current.body().complete() && pending.isEmpty();
  }

  /// The handler of a call has returned; from its thread.
  void handled(NettyCall call) {
    channel
        .eventLoop()
        .execute(() -> {
          if (current == call) {
            closeAfter(listener.settings().idleTimeout());
            call.lastWrite()
                .addListener(write -> {
                  if (write.isSuccess()) {
                    sent(call);
                  } else {
                    abort();
                  }
                });
          }
        });
  }

  private void sent(NettyCall call) {
    sent = true;
    if (call.isLast() || !call.restIsSmall()) {
      linger();
      shutdownOutput();
      advance();
    } else if (call.body().complete()) {
      next();
    } else {
      closeAfter(listener.settings().requestTimeout());
      advance();
    }
  }

  private void next() {
    current = null;
    decoder.awaitHead();
    headTimed = decoder.headBegun();
    closeAfter(
        headTimed ? listener.settings().requestTimeout() : listener.settings().idleTimeout());
    var held = List.copyOf(pending);
    pending.clear();
    held.forEach(this::received);
    advance();
  }

  // A close with unread bytes would reset the connection, and the client might lose the response
  // (RFC 9112 section 9.6).
  private void linger() {
    lingering = true;
    pending.forEach(ReferenceCountUtil::release);
    pending.clear();
    closeAfter(listener.settings().requestTimeout());
  }

  private void shutdownOutput() {
    var ssl = channel.pipeline().get(SslHandler.class);
    var flushed = ssl != null ? ssl.closeOutbound() : channel.newSucceededFuture();
    flushed.addListener(_ -> {
      var _ = ((DuplexChannel) channel).shutdownOutput();
    });
    advance();
  }

  private void closeAfter(Duration time) {
    deadlineNanos = System.nanoTime() + time.toNanos() | 1;
  }

  /// Closes the connection if it has kept the listener waiting for too long.
  void closeIfLate(long now) {
    long deadline = deadlineNanos;
    if (deadline != NEVER && now - deadline > 0) {
      channel
          .eventLoop()
          .execute(() -> {
            if (deadlineNanos == deadline) {
              abort();
            }
          });
    }
  }

  void closeIfIdle() {
    channel
        .eventLoop()
        .execute(() -> {
          if (current == null) {
            abort();
          }
        });
  }

  void abort() {
    var _ = channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    listener.closed(this);
    pending.forEach(ReferenceCountUtil::release);
    pending.clear();
    if (current != null) {
      current.clientGone();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    broken(cause);
  }

  private void broken(Throwable cause) {
    LOG.debug("Connection failed; closing it: {}", cause.toString());
    abort();
  }
}
