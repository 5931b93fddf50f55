package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/// One request and its answer, on one connection. One thread sends and reads; [#abort] may come from any thread at any time.
/// Closing gives the connection back if the exchange ended wholly, and closes it otherwise.
public final class Exchange implements AutoCloseable {
  /// How long a body is held back for the upstream's `100 Continue` (RFC 9110 section 10.1.1: not indefinitely).
  private static final Duration CONTINUE_WAIT = Duration.ofSeconds(1);

  private final UpstreamClient client;
  private final Authority authority;

  private @Nullable Connection connection;
  private @Nullable String abortCause;
  private @Nullable ScheduledFuture<?> limit;
  private @Nullable BodyPump pump;
  private @Nullable ResponseBody answerBody;
  private long silenceNanos;

  Exchange(UpstreamClient client, Authority authority) {
    this.client = client;
    this.authority = authority;
  }

  /// Aborts the exchange, to the last byte of its answer, unless it is closed within `total`.
  public void limit(Duration total, String abortCause) {
    limit = client.after(total, () -> abort(abortCause));
  }

  /// Sends a request and waits for the head of its final answer; interim ones (1xx) are passed over.
  ///
  /// @param silenceMax the longest time that the upstream neither takes nor sends a byte; zero: for ever
  /// @throws NotSentException if certainly nothing was sent
  /// @throws SocketTimeoutException if the upstream was silent for too long
  /// @throws RequestBodyException if the body cannot be read from its source
  /// @throws IOException for all else; the upstream may have received the request. [#abortCause] tells whether it was aborted
  /// @throws IllegalArgumentException if a line of the head holds a line break; nothing was sent
  public UpstreamResponse send(OutgoingRequest request, Duration silenceMax) throws IOException {
    byte[] head = RequestHead.of(request, authority);
    client.connect(this);
    var connected = held();
    silenceNanos = silenceMax.isZero() ? Long.MAX_VALUE : silenceMax.toNanos();
    var answers = new ResponseReader(connected, this);
    if (expectsContinue(request)) {
      connected.out().write(head);
      connected.silenceMax(CONTINUE_WAIT);
      boolean refused = answers.refusesBody();
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
      var answer = answers.read(request.method());
      answerBody = (ResponseBody) answer.body();
      return answer;
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

  /// The failure of the body's source explains the failure that it caused.
  IOException because(IOException failed) {
    var cause = pump == null ? null : pump.failure();
    return cause instanceof RequestBodyException unreadable ? unreadable : failed;
  }

  /// Tells whether the upstream may stay silent longer, because it is still being sent to.
  boolean silenceExcused() {
    return pump != null && pump.excuses(silenceNanos);
  }

  /// Tells whether the request's body was handed to the network to its end. Until then its source may still be in use, even
  /// after [#close()].
  public boolean bodySent() {
    return pump != null && pump.done();
  }

  /// Breaks the exchange off: closes its connection at once, and wakes its thread, which fails. Idempotent; the first cause
  /// counts.
  public synchronized void abort(String cause) {
    if (abortCause == null) {
      abortCause = cause;
    }
    if (connection != null) {
      connection.breakOff();
    }
  }

  /// Why the exchange was aborted, if it was.
  public synchronized @Nullable String abortCause() {
    return abortCause;
  }

  synchronized void hold(Connection taken) throws NotSentException {
    if (abortCause != null) {
      taken.breakOff();
      throw new NotSentException(abortCause);
    }
    connection = taken;
  }

  /// Closes a connection that did not come about.
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
    var body = answerBody;
    if (abortCause() == null && bodySent() && body != null && body.reusable()) {
      client.reuse(released, body.upstreamKeeps());
    } else {
      released.breakOff();
      client.gone();
    }
  }
}
