package dev.backlane.client.http;

import java.net.HttpURLConnection;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// What a request for a content returned.
public sealed interface FetchedContent<T extends @Nullable Object> {
  /// The content, as a handler of the user read it; null if the handler makes it null.
  record Read<T extends @Nullable Object>(T content) implements FetchedContent<T> {}

  /// The document that refuses the request.
  final class Refused<T extends @Nullable Object> implements FetchedContent<T> {
    private final byte[] document;

    private Refused(byte[] document) {
      this.document = document;
    }

    byte[] document() {
      return document;
    }
  }

  /// A handler that passes the content of a response with the status 200 on to another handler.
  static <T extends @Nullable Object> BodyHandler<FetchedContent<T>> handler(
      BodyHandler<T> handler) {
    return info ->
        info.statusCode() == HttpURLConnection.HTTP_OK
            ? BodySubscribers.mapping(handler.apply(info), Read::new)
            : BodySubscribers.mapping(BodySubscribers.ofByteArray(), Refused::new);
  }

  /// What a handler makes of a response without content.
  static <T extends @Nullable Object> T ofNothing(
      BodyHandler<T> handler, int status, HttpHeaders headers) {
    BodySubscriber<T> subscriber = handler.apply(new ReceivedResponse.Head(status, headers));
    subscriber.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long items) {}

          @Override
          public void cancel() {}
        });
    subscriber.onNext(List.of());
    subscriber.onComplete();
    return subscriber.getBody().toCompletableFuture().join();
  }
}
