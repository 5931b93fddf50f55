package dev.backlane.gateway.dashboard.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.Call;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Streams of server-sent events (WHATWG HTML section 9.2), one for each page that a browser shows.
/// At each interval the page is rendered and compared with what was sent last; it is sent if it
/// has changed. Without an open page nothing runs.
///
/// ```text
/// event: page    data: <markup of the content>   the content has changed
/// event: away    data: <why>                     the store is unavailable; the page is as it was
/// ```
///
/// At most [#OPEN_MAX] streams are open; a browser that asks for one more gets 204, after which it
/// does not ask again. A stream ends after [#LIFETIME], when the operator is signed out, and when
/// the gateway stops; the browser then opens another. Thread-safe.
public final class LiveStreams {
  /// The most streams at the same time: each renders a page at each interval.
  public static final int OPEN_MAX = 32;

  /// How soon a change is shown.
  public static final Duration INTERVAL = Duration.ofSeconds(2);

  /// The longest duration of a stream.
  static final Duration LIFETIME = Duration.ofMinutes(15);

  /// A comment is sent after this time without an event, so that no proxy closes the connection,
  /// and a browser that has disappeared is noticed.
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  /// How soon a stream ends when the gateway stops.
  private static final Duration STOP_CHECK = Duration.ofMillis(250);

  private static final int NO_CONTENT = 204;

  private final Semaphore permits = new Semaphore(OPEN_MAX);
  private final Duration interval;
  private final BooleanSupplier stopping;
  private final Threads threads;

  /// @param interval between two renderings of a page, such as [#INTERVAL]
  /// @param stopping whether the gateway is shutting down
  public LiveStreams(Duration interval, BooleanSupplier stopping, Threads threads) {
    this.interval = interval;
    this.stopping = stopping;
    this.threads = threads;
  }

  /// Responds with a stream, and returns when it has ended.
  ///
  /// @param content renders the content of the page
  /// @param permitted whether the operator is still signed in
  /// @throws dev.backlane.gateway.http.ProblemException if the page does not exist
  public void stream(Call call, Supplier<String> content, BooleanSupplier permitted) {
    if (!permits.tryAcquire()) {
      call.response().status(NO_CONTENT);
      call.respond();
      return;
    }
    try {
      var gone = threads.signal();
      var stream = new Stream(content, permitted, gone);
      // Before the head: a page that does not exist any more is refused, and not requested again.
      var first = stream.next();
      call.onClientGone(stream::disappeared);
      call.response()
          .set("Content-Type", "text/event-stream; charset=utf-8")
          // Else nginx collects the events.
          .set("X-Accel-Buffering", "no");
      try (OutputStream out = call.stream(OptionalLong.empty())) {
        stream.run(out, first);
      }
    } catch (IOException clientGone) {
      throw new UncheckedIOException(clientGone);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      permits.release();
    }
  }

  /// How many streams are open.
  public int open() {
    return OPEN_MAX - permits.availablePermits();
  }

  private final class Stream {
    private final Supplier<String> content;
    private final BooleanSupplier permitted;
    private final Threads.Signal gone;
    private final long startNanos = threads.nanoTime();
    private volatile boolean clientGone;
    private String sent = "";
    private long sentNanos = startNanos;

    Stream(Supplier<String> content, BooleanSupplier permitted, Threads.Signal gone) {
      this.content = content;
      this.permitted = permitted;
      this.gone = gone;
    }

    void disappeared() {
      clientGone = true;
      gone.raise();
    }

    void run(OutputStream out, String first) throws IOException, InterruptedException {
      var event = first;
      while (!ended()) {
        send(out, event);
        await();
        event = next();
      }
    }

    private boolean ended() {
      return clientGone
          || stopping.getAsBoolean()
          || since(startNanos).compareTo(LIFETIME) >= 0
          || !permitted.getAsBoolean();
    }

    private String next() {
      try {
        return event("page", content.get());
      } catch (StoreException away) {
        return event("away", String.valueOf(away.getMessage()));
      }
    }

    private void send(OutputStream out, String event) throws IOException {
      if (!event.equals(sent)) {
        out.write(event.getBytes(UTF_8));
        sent = event;
        sentNanos = threads.nanoTime();
      } else if (since(sentNanos).compareTo(KEEP_ALIVE) >= 0) {
        out.write(":\n\n".getBytes(UTF_8));
        sentNanos = threads.nanoTime();
      }
    }

    private void await() throws InterruptedException {
      long begunNanos = threads.nanoTime();
      while (!clientGone && !stopping.getAsBoolean() && since(begunNanos).compareTo(interval) < 0) {
        gone.await(interval.compareTo(STOP_CHECK) < 0 ? interval : STOP_CHECK);
      }
    }

    private Duration since(long nanos) {
      return Duration.ofNanos(threads.nanoTime() - nanos);
    }
  }

  private static String event(String name, String text) {
    var event = new StringBuilder("event: ").append(name).append('\n');
    text.lines().forEach(line -> event.append("data: ").append(line).append('\n'));
    return event.append('\n').toString();
  }
}
