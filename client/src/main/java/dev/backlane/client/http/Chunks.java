package dev.backlane.client.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The body of one response, read piece by piece. At most two pieces are in memory: one that is
/// being read, and the next. The HTTP client adds pieces, and one thread at a time takes them.
final class Chunks implements BodySubscriber<Chunks>, AutoCloseable {
  /// What the HTTP client reports.
  private sealed interface Signal {
    record Piece(List<ByteBuffer> buffers) implements Signal {}

    record End() implements Signal {}

    record Failed(Throwable cause) implements Signal {}
  }

  // Holds at most one piece and the end, because one piece is requested at a time.
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

  @Override
  public CompletionStage<Chunks> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription source) {
    if (subscription.complete(source)) {
      source.request(1);
    } else {
      source.cancel();
    }
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    signals.add(new Signal.Piece(piece));
  }

  @Override
  public void onError(Throwable failure) {
    signals.add(new Signal.Failed(failure));
  }

  @Override
  public void onComplete() {
    signals.add(new Signal.End());
  }

  /// Waits for the next piece.
  ///
  /// @return null at the end of the body
  /// @throws HttpTimeoutException if it does not arrive in time
  /// @throws IOException if the connection failed
  @Nullable List<ByteBuffer> next(Duration max) throws IOException, InterruptedException {
    var signal = signals.poll(max.toNanos(), TimeUnit.NANOSECONDS);
    return switch (signal) {
      case null -> throw new HttpTimeoutException("no byte of the body arrived for " + max);
      case Signal.Piece(var buffers) -> {
        // A piece arrives after the subscription only.
        subscription.join().request(1);
        yield buffers;
      }
      case Signal.End end -> {
        signals.add(end);
        yield null;
      }
      case Signal.Failed(var cause) -> {
        signals.add(signal);
        throw new IOException(String.valueOf(cause.getMessage()), cause);
      }
    };
  }

  /// Reads the beginning of the body, and closes it.
  byte[] beginning(int bytesMax, Duration max) throws IOException, InterruptedException {
    var end = Deadline.after(max);
    var read = new ByteArrayOutputStream();
    try (this) {
      for (var piece = next(end.left());
          piece != null && read.size() < bytesMax;
          piece = next(end.left())) {
        for (var buffer : piece) {
          byte[] bytes = new byte[Math.min(buffer.remaining(), bytesMax - read.size())];
          buffer.get(bytes);
          read.writeBytes(bytes);
        }
      }
    }
    return read.toByteArray();
  }

  /// Ends the response; its connection is closed if it has not ended.
  @Override
  public void close() {
    if (!subscription.completeExceptionally(new IOException("closed"))
        && !subscription.isCompletedExceptionally()) {
      subscription.join().cancel();
    }
    // For a thread that waits for a piece.
    signals.add(new Signal.Failed(new IOException("it was closed")));
  }
}
