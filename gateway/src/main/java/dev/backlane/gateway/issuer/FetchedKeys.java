package dev.backlane.gateway.issuer;

import dev.backlane.gateway.issuer.KeySet.UnusableException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys that an issuer publishes at a URL. Thread-safe.
///
/// Keys are fetched when the first token needs them, and again in the background when they are used
/// and older than [#FRESH_FOR]. A token whose key is not known waits for another fetch. Tokens with
/// known keys never wait for one, except the first after keys have been unused for [#STALE_AFTER].
///
/// At most one fetch runs at a time; one that is still running after [#FETCH_MAX] is given up.
/// Fetches take permits: [#BURST] at most, and one more each [#PERMIT_INTERVAL], so that neither
/// unknown key ids nor an outage cause a fetch each. A response that cannot be used (another
/// status, no JSON, no usable key) is an outage: the keys fetched last stay in use for up to
/// [#OUTAGE_MAX].
public final class FetchedKeys implements KeySource {
  /// How old keys are when they are fetched again.
  static final Duration FRESH_FOR = Duration.ofMinutes(5);

  /// From this age on, the first use waits for the fetch, so that a revoked key is not used.
  static final Duration STALE_AFTER = FRESH_FOR.multipliedBy(2);

  /// An unavailable issuer issues no tokens, so its last ones expire long before this is over.
  static final Duration OUTAGE_MAX = Duration.ofHours(4);

  /// For a fetch with its discovery.
  static final Duration FETCH_MAX = Duration.ofSeconds(10);

  static final int BURST = 3;
  static final Duration PERMIT_INTERVAL = Duration.ofSeconds(5);

  /// A failed fetch is repeated at once if it failed within this time: the failure may be that of
  /// one connection.
  private static final Duration REPEATED_WITHIN = Duration.ofSeconds(1);

  /// The same failure is logged again after this time.
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(FetchedKeys.class);

  private final String issuer;
  private final Optional<URI> configured;
  private final IssuerClient client;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();

  private volatile @Nullable Fetched current;
  private volatile @Nullable URI discovered;

  // The fields below are guarded by the lock.
  private @Nullable Running running;
  private long permitsFullAt;
  private String lastFailure = "";
  private long lastFailureAt;

  private record Fetched(KeySet keys, long atNanos, boolean failedSince) {}

  /// A fetch that has begun; compared by identity.
  private static final class Running {
    private final CompletableFuture<KeySet> result = new CompletableFuture<>();
    private final long sinceNanos;

    Running(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  /// @param issuer the `iss` of the tokens
  /// @param url of the keys; empty: it is discovered by the issuer, which then is a URL
  public FetchedKeys(String issuer, Optional<URI> url, IssuerClient client) {
    this(issuer, url, client, System::nanoTime);
  }

  FetchedKeys(String issuer, Optional<URI> url, IssuerClient client, LongSupplier nanos) {
    this.issuer = issuer;
    this.configured = url;
    this.client = client;
    this.nanos = nanos;
    this.permitsFullAt = nanos.getAsLong();
  }

  @Override
  public KeySet keys() throws KeysUnavailableException {
    var known = current;
    if (known == null) {
      return fetched(null);
    }
    long age = nanos.getAsLong() - known.atNanos();
    if (age < FRESH_FOR.toNanos()) {
      return known.keys();
    }
    if (age >= OUTAGE_MAX.toNanos()) {
      return fetched(known.keys());
    }
    var refresh = join(known.keys());
    if (refresh.isPresent() && age >= STALE_AFTER.toNanos() && !known.failedSince()) {
      try {
        return await(refresh.get());
      } catch (KeysUnavailableException logged) {
        return known.keys();
      }
    }
    return known.keys();
  }

  @Override
  public KeySet newerThan(KeySet known) throws KeysUnavailableException {
    var present = current;
    return present != null && present.keys() != known ? present.keys() : fetched(known);
  }

  private KeySet fetched(@Nullable KeySet known) throws KeysUnavailableException {
    return await(
        join(known)
            .orElseThrow(() ->
                new KeysUnavailableException("the keys were fetched too often; try again later")));
  }

  private static KeySet await(CompletableFuture<KeySet> fetch) throws KeysUnavailableException {
    try {
      return fetch.get(FETCH_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw new KeysUnavailableException(String.valueOf(failed.getCause()));
    } catch (TimeoutException slow) {
      throw new KeysUnavailableException("the keys were not fetched within " + FETCH_MAX);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new KeysUnavailableException("interrupted");
    }
  }

  /// The running fetch, or one that ended since the caller saw the keys `known`, or a new one;
  /// empty if there is no permit.
  private Optional<CompletableFuture<KeySet>> join(@Nullable KeySet known) {
    lock.lock();
    try {
      var present = current;
      if (present != null && present.keys() != known) {
        return Optional.of(CompletableFuture.completedFuture(present.keys()));
      }
      long now = nanos.getAsLong();
      if (running != null && now - running.sinceNanos < FETCH_MAX.toNanos()) {
        return Optional.of(running.result);
      }
      if (!takePermit(now)) {
        return Optional.empty();
      }
      var started = new Running(now);
      running = started;
      Thread.ofVirtual().name("issuer-keys").start(() -> run(started));
      return Optional.of(started.result);
    } finally {
      lock.unlock();
    }
  }

  // The permits are kept as the time at which all will be there again.
  private boolean takePermit(long now) {
    long full = permitsFullAt - now > 0 ? permitsFullAt : now;
    long next = full + PERMIT_INTERVAL.toNanos();
    if (next - now > BURST * PERMIT_INTERVAL.toNanos()) {
      return false;
    }
    permitsFullAt = next;
    return true;
  }

  private void run(Running fetch) {
    try {
      var keys = fetch();
      succeeded(fetch, keys);
      fetch.result.complete(keys);
    } catch (IOException | RuntimeException failed) {
      failed(fetch, String.valueOf(failed.getMessage()));
      fetch.result.completeExceptionally(failed);
    }
  }

  private KeySet fetch() throws IOException {
    long started = nanos.getAsLong();
    try {
      return fetchOnce();
    } catch (IOException failed) {
      if (nanos.getAsLong() - started < REPEATED_WITHIN.toNanos()) {
        return fetchOnce();
      }
      throw failed;
    }
  }

  private KeySet fetchOnce() throws IOException {
    var url = url();
    try {
      return KeySet.parse(client.get(url));
    } catch (UnusableException unusable) {
      throw new IOException(url + " " + unusable.getMessage(), unusable);
    }
  }

  // The document is read each time, since the issuer may move its keys.
  private URI url() throws IOException {
    if (configured.isPresent()) {
      return configured.get();
    }
    try {
      var found = IssuerMetadata.keys(issuer, client);
      discovered = found;
      return found;
    } catch (IOException unavailable) {
      var last = discovered;
      if (last == null) {
        throw unavailable;
      }
      return last;
    }
  }

  private void succeeded(Running fetch, KeySet keys) {
    lock.lock();
    try {
      if (running != fetch) {
        return; // It was given up, and a later one may have newer keys.
      }
      running = null;
      var before = current;
      current = new Fetched(keys, nanos.getAsLong(), false);
      if (before == null || !before.keys().sameAs(keys)) {
        LOG.info(
            "issuer {} has {}{}",
            issuer,
            keys.size() == 1 ? "1 usable key" : keys.size() + " usable keys",
            keys.passedOver().isEmpty() ? "" : "; not used: " + keys.passedOverSummary());
      } else if (!lastFailure.isEmpty()) {
        LOG.info("the keys of issuer {} can be fetched again", issuer);
      }
      lastFailure = "";
    } finally {
      lock.unlock();
    }
  }

  private void failed(Running fetch, String why) {
    lock.lock();
    try {
      if (running != fetch) {
        return;
      }
      running = null;
      var known = current;
      long now = nanos.getAsLong();
      if (known != null) {
        current = new Fetched(known.keys(), known.atNanos(), true);
      }
      if (!why.equals(lastFailure) || now - lastFailureAt >= LOG_INTERVAL.toNanos()) {
        lastFailure = why;
        lastFailureAt = now;
        LOG.warn(
            "cannot fetch the keys of issuer {}: {}; {}",
            issuer,
            why,
            known == null
                ? "its tokens get 503 until they can be fetched"
                : "the keys fetched last stay in use");
      }
    } finally {
      lock.unlock();
    }
  }
}
