package dev.backlane.client.http;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Passes a content on to a body subscriber of the user, as the HTTP client does with the body of a
/// response. A virtual thread of its own reads the content as the subscriber requests it, and ends
/// with the content, the deadline, or the subscription.
public final class Delivery implements Flow.Subscription {
  private final Pieces content;
  private final BodySubscriber<?> subscriber;
  private final Deadline deadline;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long requested;
  private boolean invalid;
  private boolean canceled;
  private volatile @Nullable IOException failure;

  private Delivery(Pieces content, BodySubscriber<?> subscriber, Deadline deadline) {
    this.content = content;
    this.subscriber = subscriber;
    this.deadline = deadline;
    this.thread = Thread.ofVirtual().name("backlane-content").unstarted(this::run);
  }

  /// Passes a content on, and returns what the subscriber makes of it, as soon as it does.
  ///
  /// @param content is closed
  /// @param deadline for the whole content
  /// @throws HttpTimeoutException if the subscriber has no result in time
  /// @throws IOException if the content cannot be read, or the subscriber fails
  public static <T> T await(Pieces content, BodySubscriber<T> subscriber, Deadline deadline)
      throws IOException, InterruptedException {
    var delivery = new Delivery(content, subscriber, deadline);
    delivery.thread.start();
    try {
      return subscriber
          .getBody()
          .toCompletableFuture()
          .get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      delivery.cancel();
      throw interrupted;
    } catch (TimeoutException late) {
      delivery.cancel();
      throw timeout();
    } catch (ExecutionException failed) {
      delivery.cancel();
      var reading = delivery.failure;
      if (reading != null) {
        throw reading;
      }
      // As the HTTP client: whatever a subscriber fails with is an IOException.
      throw failed.getCause() instanceof IOException cause
          ? cause
          : new IOException("The body handler failed: " + failed.getCause(), failed.getCause());
    }
  }

  private static HttpTimeoutException timeout() {
    return new HttpTimeoutException(
        "The content was not read within the time. Give send more time, or read it later with"
            + " Backlane.resume.");
  }

  private void run() {
    try (content) {
      subscriber.onSubscribe(this);
      while (awaitRequest()) {
        var piece = content.next();
        if (piece == null) {
          subscriber.onComplete();
          return;
        }
        subscriber.onNext(readOnly(piece));
      }
    } catch (InterruptedException ended) {
      subscriber.onError(new IOException("Reading the content was canceled.", ended));
    } catch (IOException broken) {
      failure = broken;
      subscriber.onError(broken);
    } catch (RuntimeException | Error failed) {
      // Of the subscriber; also an Error must not leave the user waiting.
      subscriber.onError(failed);
    }
  }

  private static List<ByteBuffer> readOnly(List<ByteBuffer> piece) {
    return piece.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
  }

  /// @return false if the subscription is canceled
  /// @throws IOException if the time is over, or the subscriber requests nothing
  private boolean awaitRequest() throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (requested == 0 && !canceled && !invalid) {
        if (deadline.over()) {
          throw timeout();
        }
        long unused = changed.awaitNanos(deadline.left().toNanos());
      }
      if (invalid) {
        throw new IllegalArgumentException("A subscriber must request at least one item.");
      }
      if (requested != Long.MAX_VALUE) {
        requested--;
      }
      return !canceled;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void request(long items) {
    lock.lock();
    try {
      invalid |= items <= 0;
      requested = requested + items < 0 ? Long.MAX_VALUE : requested + items;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void cancel() {
    lock.lock();
    try {
      canceled = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    if (Thread.currentThread() != thread) {
      thread.interrupt();
    }
  }
}
