package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/// One request and its response, on one connection. One thread sends and reads; [#abort] may be
/// called by any thread at any time. Closing returns the connection to the pool if the exchange
/// completed, and closes the connection otherwise.
public final class Exchange implements AutoCloseable {
  /// How long the body waits for the upstream's `100 Continue` before it is sent without one, as
  /// RFC 9110 section 10.1.1 recommends.
  private static final Duration CONTINUE_WAIT = Duration.ofSeconds(1);

  private final UpstreamClient client;
  private final Authority authority;

  private @Nullable Connection connection;
  private @Nullable String abortCause;
  private @Nullable ScheduledFuture<?> limit;
  private @Nullable BodyPump pump;
  private @Nullable ResponseBody responseBody;
  private long silenceNanos;
  private Runnable onOpened = () -> {};

  Exchange(UpstreamClient client, Authority authority) {
    this.client = client;
    this.authority = authority;
  }

  /// Limits the whole exchange: aborts it with `abortCause` unless it is closed within `total`.
  public void limit(Duration total, String abortCause) {
    limit = client.after(total, () -> abort(abortCause));
  }

  /// Sets the action that runs when a fresh connection to the upstream was opened. Called before
  /// [#send].
  public void onOpened(Runnable action) {
    onOpened = action;
  }

  void opened() {
    onOpened.run();
  }

  /// Sends a request and waits for the head of its final response; interim ones (1xx) are skipped.
  ///
  /// @param silenceMax the longest time that the upstream neither reads nor sends a byte; zero: no
  ///     limit
  /// @throws NotSentException if certainly nothing was sent
  /// @throws SocketTimeoutException if the upstream was silent for too long
  /// @throws RequestBodyException if the body cannot be read from its source
  /// @throws IOException for every other failure; the upstream may have received the request.
  ///     [#abortCause] is present if the exchange was aborted
  /// @throws IllegalArgumentException if a field of the head contains a line break; nothing was
  ///     sent
  public UpstreamResponse send(OutgoingRequest request, Duration silenceMax) throws IOException {
    byte[] head = RequestHead.of(request, authority);
    client.connect(this);
    var connected = held();
    silenceNanos = silenceMax.isZero() ? Long.MAX_VALUE : silenceMax.toNanos();
    var responses = new ResponseReader(connected, this);
    if (expectsContinue(request)) {
      connected.out().write(head);
      connected.silenceMax(CONTINUE_WAIT);
      boolean refused = responses.refusesBody();
      connected.silenceMax(silenceMax);
      if (!refused) {
        pump = new BodyPump(request.body(), connected.out());
        pump.start(new byte[0], this::bodyUnreadable);
      }
    } else {
      connected.silenceMax(silenceMax);
      pump = new BodyPump(request.body(), connected.out());
      pump.start(head, this::bodyUnreadable);
    }
    try {
      var response = responses.read(request.method());
      responseBody = (ResponseBody) response.body();
      return response;
    } catch (IOException failed) {
      throw because(failed);
    }
  }

  private static boolean expectsContinue(OutgoingRequest request) {
    if (request.body() instanceof OutgoingBody.None) {
      return false;
    }
    for (Header header : request.headers()) {
      if (header.is("Expect")) {
        return header.value().equalsIgnoreCase("100-continue");
      }
    }
    return false;
  }

  private void bodyUnreadable() {
    abort("the request's body could not be read");
  }

  /// The failure of the body's source, if it caused this one.
  IOException because(IOException failed) {
    var cause = pump == null ? null : pump.failure();
    return cause instanceof RequestBodyException unreadable ? unreadable : failed;
  }

  /// Whether the upstream may stay silent longer, because the request is still being sent.
  boolean silenceExcused() {
    return pump != null && pump.excuses(silenceNanos);
  }

  /// Whether the request's body was handed to the network completely. Until then its source may
  /// still be in use, even after [#close()].
  public boolean bodySent() {
    return pump != null && pump.done();
  }

  /// Aborts the exchange: closes its connection at once, and wakes its thread, which fails.
  /// Idempotent; the first cause is kept.
  public synchronized void abort(String cause) {
    if (abortCause == null) {
      abortCause = cause;
    }
    if (connection != null) {
      connection.abort();
    }
  }

  /// Why the exchange was aborted, if it was.
  public synchronized @Nullable String abortCause() {
    return abortCause;
  }

  synchronized void hold(Connection taken) throws NotSentException {
    if (abortCause != null) {
      taken.abort();
      throw new NotSentException(abortCause);
    }
    connection = taken;
  }

  /// Closes a connection that could not be established.
  synchronized void drop() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  synchronized void refuseIfAborted() throws NotSentException {
    if (abortCause != null) {
      throw new NotSentException(abortCause);
    }
  }

  private synchronized Connection held() {
    if (connection == null) {
      throw new IllegalStateException("an exchange sends once, before it is closed");
    }
    return connection;
  }

  private synchronized @Nullable Connection released() {
    var released = connection;
    connection = null;
    return released;
  }

  @Override
  public void close() {
    if (limit != null) {
      limit.cancel(false);
    }
    var released = released();
    if (released == null) {
      return;
    }
    var body = responseBody;
    if (abortCause() == null && bodySent() && body != null && body.reusable()) {
      client.reuse(released, body.upstreamKeeps());
    } else {
      released.abort();
      client.releasePermit();
    }
  }
}
