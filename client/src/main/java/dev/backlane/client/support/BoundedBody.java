package dev.backlane.client.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Reads a body into memory, up to a size, so that a server cannot fill the memory. Used by the
/// HTTP client, one signal at a time.
public final class BoundedBody implements BodySubscriber<byte[]> {
  /// The longest document. A page of the list has at most 200 states.
  private static final int DOCUMENT_BYTES_MAX = 32 * 1024 * 1024;

  /// What is kept of the body of a response that refuses a request.
  public static final int REFUSAL_BYTES_MAX = 64 * 1024;

  private static final int REFUSALS = 300;

  private final int bytesMax;
  private final boolean cut;
  private final ByteArrayOutputStream read = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;

  /// @param cut whether the rest of a longer body is ignored; otherwise it is a failure
  private BoundedBody(int bytesMax, boolean cut) {
    this.bytesMax = bytesMax;
    this.cut = cut;
  }

  /// Reads documents; of a response that refuses the request the beginning of its body.
  public static BodyHandler<byte[]> handler() {
    return info ->
        info.statusCode() < REFUSALS
            ? new BoundedBody(DOCUMENT_BYTES_MAX, false)
            : new BoundedBody(REFUSAL_BYTES_MAX, true);
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription source) {
    subscription = source;
    source.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    var source = subscription;
    if (source == null || body.isDone()) {
      return;
    }
    for (var buffer : piece) {
      byte[] bytes = new byte[Math.min(buffer.remaining(), bytesMax - read.size())];
      boolean fits = bytes.length == buffer.remaining();
      buffer.get(bytes);
      read.writeBytes(bytes);
      if (!fits) {
        source.cancel();
        end();
        return;
      }
    }
    source.request(1);
  }

  private void end() {
    if (cut) {
      body.complete(read.toByteArray());
    } else {
      body.completeExceptionally(
          new IOException(
              "The document has more than "
                  + bytesMax
                  + " bytes. Is the base URI that of the API?"));
    }
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    body.complete(read.toByteArray());
  }
}
