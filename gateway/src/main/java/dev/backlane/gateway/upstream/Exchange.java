package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.gateway.connect.Authority;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ConnectRace;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.connect.UnacknowledgedSends.Ends;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import dev.backlane.gateway.upstream.wire.PeerAuthentication;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
  private final Optional<ClientPace> pace;
  private final Optional<CallOrigin> origin;

  private @Nullable ConnectRace<Connection> race;
  private @Nullable Connection connection;
  private @Nullable String abortCause;

  /// Completed when the exchange is aborted.
  private final CompletableFuture<Void> aborted = new CompletableFuture<>();

  private @Nullable ScheduledFuture<?> limit;
  private volatile @Nullable BodyPump pump;
  private @Nullable ResponseBody responseBody;
  private volatile long silenceNanos;
  private Runnable onOpened = () -> {};
  private boolean authenticatesPeer;
  private volatile int statusCode;
  private Runnable onAdmitted = () -> {};
  private @Nullable OutgoingRequest sent;
  private long sentNanos;

  /// @param pace of the client of a proxied call; empty for all other exchanges
  /// @param origin of a proxied call; empty for all other exchanges
  Exchange(
      UpstreamClient client,
      Authority authority,
      Optional<ClientPace> pace,
      Optional<CallOrigin> origin) {
    this.client = client;
    this.authority = authority;
    this.pace = pace;
    this.origin = origin;
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

  /// Sets the action that runs before this proxied call takes a connection to the upstream. What it
  /// throws ends the exchange, and nothing is sent. Called before [#send].
  public void onAdmitted(Runnable action) {
    onAdmitted = action;
  }

  void admitted() {
    onAdmitted.run();
  }

  void opened() {
    onOpened.run();
  }

  /// Sends a request and waits for the head of its final response; interim ones (1xx) are skipped.
  ///
  /// @param silenceMax the longest time that the upstream neither reads nor sends a byte; zero: no
  ///     limit
  /// @throws IOException as below
  public UpstreamResponse send(OutgoingRequest request, Duration silenceMax) throws IOException {
    return send(request, silenceMax, silenceMax);
  }

  /// As above, with separate limits for the response's head and its body.
  ///
  /// @param startMax the longest silence until the head of the final response; it begins when the
  ///     request was sent, and again after each interim response; zero: no limit
  /// @param silenceMax the longest silence while the body is received; zero: no limit
  /// @throws NotSentException if certainly nothing was sent
  /// @throws SocketTimeoutException if the upstream was silent for too long
  /// @throws RequestBodyException if the body cannot be read from its source
  /// @throws IOException for every other failure; the upstream may have received the request.
  ///     [#abortCause] is present if the exchange was aborted
  /// @throws IllegalArgumentException if a field of the head contains a line break; nothing was
  ///     sent
  public UpstreamResponse send(OutgoingRequest request, Duration startMax, Duration silenceMax)
      throws IOException {
    byte[] head = RequestHead.of(request, authority);
    sent = request;
    sentNanos = System.nanoTime();
    authenticatesPeer = PeerAuthentication.requestedBy(request.headers());
    client.connect(this, request);
    var first = held();
    var response = new ResponseReader(first, this);
    try {
      return sendOn(first, response, head, request, startMax, silenceMax);
    } catch (SocketTimeoutException | RequestBodyException certain) {
      throw certain;
    } catch (IOException failed) {
      if (!response.begun() && abortCause() == null) {
        var refusal = first.refusalOfHandshake(failed);
        if (refusal.isPresent()) {
          throw client.refused(refusal.get());
        }
      }
      // The upstream closed the connection while it was idle, and has not received the request, or
      // not acted on it, as far as can be seen.
      if (!first.used()
          || request.repeat() != Repeat.BY_CLIENT
          || response.begun()
          || abortCause() != null) {
        throw failed;
      }
      replace(first, failed);
    }
    var second = held();
    return sendOn(second, new ResponseReader(second, this), head, request, startMax, silenceMax);
  }

  private void replace(Connection closed, IOException failed) throws IOException {
    try {
      client.reconnect(this, closed);
    } catch (NotSentException unreachable) {
      // Not reported as such: the request may have been received on the first connection.
      failed.addSuppressed(unreachable);
      throw failed;
    }
  }

  private UpstreamResponse sendOn(
      Connection connected,
      ResponseReader responses,
      byte[] head,
      OutgoingRequest request,
      Duration startMax,
      Duration silenceMax)
      throws IOException {
    silenceNanos = nanos(startMax);
    long begunNanos = System.nanoTime();
    try {
      if (expectsContinue(request)) {
        pump = null;
        connected.out().write(head);
        connected.silenceMax(CONTINUE_WAIT);
        boolean refused = responses.refusesBody();
        connected.silenceMax(startMax);
        if (!refused) {
          send(request.body(), new byte[0], connected);
        }
      } else {
        connected.silenceMax(startMax);
        send(request.body(), head, connected);
      }
      var response = responses.read(request.method());
      client.responded(begunNanos);
      authenticatesPeer |= PeerAuthentication.reportedBy(response.headers());
      connected.silenceMax(silenceMax);
      silenceNanos = nanos(silenceMax);
      responseBody = (ResponseBody) response.body();
      return response;
    } catch (IOException failed) {
      throw because(failed);
    }
  }

  private void send(OutgoingBody body, byte[] head, Connection connected) throws IOException {
    var started = new BodyPump(body, connected.out());
    pump = started;
    started.start(head, () -> bodyUnreadable(started));
  }

  private static long nanos(Duration silence) {
    return silence.isZero() ? Long.MAX_VALUE : silence.toNanos();
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

  private void bodyUnreadable(BodyPump failed) {
    if (failed == pump) {
      abort("the request's body could not be read");
    }
  }

  /// The failure of the body's source, if it caused this one.
  IOException because(IOException failed) {
    var sending = pump;
    var cause = sending == null ? null : sending.failure();
    return cause instanceof RequestBodyException unreadable ? unreadable : failed;
  }

  /// The longest silence of the upstream at this point; zero: no limit.
  Duration silenceMax() {
    return silenceNanos == Long.MAX_VALUE ? Duration.ZERO : Duration.ofNanos(silenceNanos);
  }

  /// How much longer the upstream may stay silent, because the request is still being sent or was
  /// sent less than the limit ago; zero or less: no longer.
  Duration silenceLeft() {
    var sending = pump;
    return sending == null ? Duration.ZERO : sending.silenceLeft(silenceNanos);
  }

  /// Whether the request's body was handed to the network completely. Until then its source may
  /// still be in use, even after [#close()].
  public boolean bodySent() {
    var sending = pump;
    return sending != null && sending.done();
  }

  /// Aborts the exchange: closes its connection at once, and wakes its thread, which fails.
  /// Idempotent; the first cause is kept.
  public synchronized void abort(String cause) {
    if (abortCause == null) {
      abortCause = cause;
    }
    aborted.complete(null);
    if (race != null) {
      race.abort();
    }
    if (connection != null) {
      connection.abort();
    }
  }

  /// Aborts the exchange if it has no connection yet, so that nothing was sent.
  public synchronized void abortUnsent(String cause) {
    if (connection == null) {
      abort(cause);
    }
  }

  /// Completed when the exchange is aborted.
  CompletableFuture<Void> aborted() {
    return aborted;
  }

  /// Aborts the exchange if its peer acknowledges nothing.
  synchronized void abortIfDead(Set<Ends> dead) {
    if (connection != null && dead.contains(connection.ends())) {
      abort("the upstream has acknowledged nothing that was sent to it for 100 s");
    }
  }

  /// Ends the wait for the upstream if it has been silent for too long.
  void endIfSilent(long nowNanos) {
    Connection waiting;
    synchronized (this) {
      waiting = connection;
    }
    if (waiting != null) {
      waiting.endIfSilent(nowNanos, this::silenceLeft);
    }
  }

  /// The status code of the final response, from the moment when its status line was received. If
  /// the rest of the response fails, this is all that is known of the outcome.
  public OptionalInt statusCode() {
    return statusCode == 0 ? OptionalInt.empty() : OptionalInt.of(statusCode);
  }

  void statusReceived(int code) {
    statusCode = code;
  }

  /// Where a proxied call comes from.
  Optional<CallOrigin> origin() {
    return origin;
  }

  /// Whether it is the exchange of a proxied call.
  boolean proxied() {
    return pace.isPresent();
  }

  /// The address of the client of a proxied call.
  PeerNetwork network() {
    return pace.map(ClientPace::network)
        .orElseThrow(() -> new IllegalStateException("only proxied calls have a client"));
  }

  /// How far the client is behind, in nanoseconds; 0 if it is not slow, or the exchange has ended.
  long clientSlowByNanos() {
    return abortCause() == null ? pace.map(ClientPace::slowByNanos).orElse(0L) : 0;
  }

  /// Ends the exchange and the call of its client.
  void endForOthers() {
    abort("the client was too slow while other calls needed its connection");
    pace.ifPresent(ClientPace::endCall);
  }

  /// Why the exchange was aborted, if it was.
  public synchronized @Nullable String abortCause() {
    return abortCause;
  }

  synchronized void connecting(ConnectRace<Connection> begun) throws NotSentException {
    refuseIfAborted();
    race = begun;
  }

  synchronized void hold(Connection taken) throws NotSentException {
    race = null;
    if (abortCause != null) {
      taken.abort();
    }
    refuseIfAborted();
    connection = taken;
  }

  synchronized void refuseIfAborted() throws NotSentException {
    if (abortCause != null) {
      throw new NotSentException(Obstacle.UPSTREAM_UNREACHABLE, abortCause);
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

  /// Reports a request that was sent, or was to be sent, once.
  private void report() {
    var request = sent;
    if (request != null) {
      sent = null;
      boolean stopped = statusCode == 0 && abortCause() != null;
      client.ended(request.method(), statusCode, stopped, System.nanoTime() - sentNanos);
    }
  }

  @Override
  public void close() {
    if (limit != null) {
      limit.cancel(false);
    }
    report();
    var released = released();
    if (released == null) {
      return;
    }
    var body = responseBody;
    boolean authenticated = authenticatesPeer || released.authenticatesPeer();
    if (abortCause() == null && bodySent() && body != null && body.reusable()) {
      if (authenticated) {
        client.reuseForOrigin(this, released, body.upstreamKeeps());
      } else {
        client.reuse(this, released, body.upstreamKeeps());
      }
    } else {
      released.abort();
      client.release(this);
    }
  }
}
