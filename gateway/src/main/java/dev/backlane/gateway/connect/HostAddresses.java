package dev.backlane.gateway.connect;

import dev.backlane.engine.memory.OutOfMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Looks up the hosts that the operator has configured, in bounded time. While a name server is
/// unavailable, the addresses that were found last are used for up to 5 min. Thread-safe.
///
/// The look-up is a native call: on a virtual thread it would occupy its carrier, and an
/// unresponsive name server would block the whole gateway. So it runs on a platform thread, and all
/// callers that wait for the same host share one look-up.
public final class HostAddresses {
  /// How long a result is used without another look-up. The JDK has a cache of its own.
  private static final Duration FRESH_FOR = Duration.ofSeconds(1);

  private static final Duration STALE_MAX = Duration.ofMinutes(5);
  private static final Duration THREAD_IDLE_MAX = Duration.ofSeconds(30);
  private static final int THREADS_MAX = 4;
  private static final int WAITING_MAX = 64;
  private static final int HOSTS_MAX = 1_000;

  private final Lookup lookup;
  private final Map<String, Known> known = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<List<InetAddress>>> running =
      new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS_MAX,
          THREADS_MAX,
          THREAD_IDLE_MAX.toSeconds(),
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING_MAX),
          Thread.ofPlatform().daemon().name("host-addresses-", 0).factory());

  private record Known(List<InetAddress> addresses, long atNanos) {
    boolean within(Duration age) {
      return System.nanoTime() - atNanos < age.toNanos();
    }
  }

  /// Looks a name up.
  @FunctionalInterface
  public interface Lookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  /// Uses the resolver of the system.
  public HostAddresses() {
    this(InetAddress::getAllByName);
  }

  /// Uses another resolver.
  public HostAddresses(Lookup lookup) {
    this.lookup = lookup;
    threads.allowCoreThreadTimeOut(true);
  }

  /// The addresses of a host, at least one.
  ///
  /// @param host a name, or an address without brackets
  /// @throws UnknownHostException if it does not resolve within `max`
  public List<InetAddress> of(String host, Duration max) throws IOException {
    return of(host, max, new CompletableFuture<>());
  }

  /// As above.
  ///
  /// @param aborted completed to end the wait
  /// @throws UnknownHostException also if it was aborted
  public List<InetAddress> of(String host, Duration max, CompletableFuture<Void> aborted)
      throws IOException {
    var literal = literal(host);
    if (literal != null) {
      return List.of(literal);
    }
    var last = known.get(host);
    if (last != null && last.within(FRESH_FOR)) {
      return last.addresses();
    }
    try {
      return lookUp(host, max, aborted);
    } catch (UnknownHostException unavailable) {
      if (last != null && last.within(STALE_MAX)) {
        return last.addresses();
      }
      throw unavailable;
    }
  }

  // A name never begins with a digit and contains only digits and dots.
  private static @Nullable InetAddress literal(String host) {
    if (!host.contains(":") && !host.matches("[0-9.]+")) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException name) {
      return null;
    }
  }

  private List<InetAddress> lookUp(String host, Duration max, CompletableFuture<Void> aborted)
      throws IOException {
    try {
      var found = running.computeIfAbsent(host, this::start);
      CompletableFuture.anyOf(found, aborted).get(max.toNanos(), TimeUnit.NANOSECONDS);
      if (!found.isDone()) {
        throw new UnknownHostException(host + ": the wait for its addresses was aborted");
      }
      return found.get();
    } catch (TimeoutException late) {
      throw unknown(host + ": the name server did not respond in time", late);
    } catch (ExecutionException failed) {
      throw unknown(host + ": " + failed.getCause(), failed);
    } catch (RejectedExecutionException full) {
      throw unknown(host + ": too many look-ups are waiting", full);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw unknown(host + ": interrupted", interrupted);
    }
  }

  private static UnknownHostException unknown(String message, Exception cause) {
    var unknown = new UnknownHostException(message);
    unknown.initCause(cause);
    return unknown;
  }

  private CompletableFuture<List<InetAddress>> start(String host) {
    var result = new CompletableFuture<List<InetAddress>>();
    threads.execute(() -> {
      try {
        var found = List.of(lookup.addressesOf(host));
        if (known.size() < HOSTS_MAX || known.containsKey(host)) {
          known.put(host, new Known(found, System.nanoTime()));
        }
        running.remove(host, result);
        result.complete(found);
      } catch (Throwable failed) { // Also an Error: later look-ups would wait for this one.
        OutOfMemory.endProcess(failed);
        running.remove(host, result);
        result.completeExceptionally(failed);
      }
    });
    return result;
  }
}
