package dev.backlane.gateway.ratelimit;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.connect.PeerNetwork;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/// Limits how many calls of one kind one caller has in flight at the same time: a client of a
/// tenant, or each of its users; without authentication, an address. Counts in this process only.
/// Thread-safe.
public final class InFlight {
  private static final String RETRY_SECONDS = "1";

  private final String kind;
  private final String setting;
  private final IntSupplier max;
  private final long waitMaxNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Share> shares = new HashMap<>();

  private record Key(Caller caller, Optional<PeerNetwork> network) {}

  /// What one caller has. Guarded by the lock; present while it has any.
  private static final class Share {
    private final Condition ended;
    private int inFlight;
    private int waiting;

    Share(Condition ended) {
      this.ended = ended;
    }
  }

  /// A call in flight, until it is closed.
  public final class Permit implements AutoCloseable {
    private final Key key;
    private boolean ended;

    private Permit(Key key) {
      this.key = key;
    }

    /// Ends the call. Idempotent.
    @Override
    public void close() {
      if (!ended) {
        ended = true;
        end(key);
      }
    }
  }

  /// @param kind what is counted, for the problem document
  /// @param setting the name of the limit
  /// @param max of one caller; 0: unlimited; may change
  /// @param waitMax how long a call beyond the limit waits for others to end. As many as may be in
  ///     flight may wait
  public InFlight(String kind, String setting, IntSupplier max, Duration waitMax) {
    this.kind = kind;
    this.setting = setting;
    this.max = max;
    this.waitMaxNanos = waitMax.toNanos();
  }

  /// Begins a call.
  ///
  /// @throws ProblemException 429 with `Retry-After` if the caller has too many
  public Permit begin(Caller caller, Call call) {
    return tryBegin(caller, call)
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.RATE_LIMITED,
                "This caller has "
                    + max.getAsInt()
                    + " "
                    + kind
                    + " at the same time ("
                    + setting
                    + "). Try again when one of them has ended.",
                new Header(Headers.RETRY_AFTER, RETRY_SECONDS)));
  }

  /// Begins a call; empty if the caller has too many.
  public Optional<Permit> tryBegin(Caller caller, Call call) {
    var network =
        caller.equals(Caller.ANONYMOUS)
            ? Optional.of(PeerNetwork.of(call.peer()))
            : Optional.<PeerNetwork>empty();
    var key = new Key(caller, network);
    lock.lock();
    try {
      var share = shares.computeIfAbsent(key, _ -> new Share(lock.newCondition()));
      if (!admitted(share)) {
        discard(key, share);
        return Optional.empty();
      }
      share.inFlight++;
      return Optional.of(new Permit(key));
    } finally {
      lock.unlock();
    }
  }

  private boolean admitted(Share share) {
    int limit = max.getAsInt();
    if (limit == 0 || share.inFlight < limit) {
      return true;
    }
    if (share.waiting >= limit) {
      return false;
    }
    share.waiting++;
    try {
      for (long left = waitMaxNanos; left > 0 && share.inFlight >= limit; ) {
        left = share.ended.awaitNanos(left);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } finally {
      share.waiting--;
    }
    return share.inFlight < limit;
  }

  private void end(Key key) {
    lock.lock();
    try {
      var share = shares.get(key);
      if (share != null) {
        share.inFlight--;
        share.ended.signal();
        discard(key, share);
      }
    } finally {
      lock.unlock();
    }
  }

  private void discard(Key key, Share share) {
    if (share.inFlight == 0 && share.waiting == 0) {
      shares.remove(key);
    }
  }
}
