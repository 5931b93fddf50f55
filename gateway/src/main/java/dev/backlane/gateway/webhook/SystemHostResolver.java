package dev.backlane.gateway.webhook;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks names up with the system's resolver, in bounded time. Thread-safe; its threads are daemons
/// that end when they are idle.
public final class SystemHostResolver implements HostResolver {
  private static final Logger LOG = LoggerFactory.getLogger(SystemHostResolver.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /// How long after a time-out a host is not looked up again; each look-up occupies a thread for
  /// longer.
  private static final Duration SLOW_REMEMBERED = Duration.ofSeconds(30);

  private static final int SLOW_MAX = 10_000;
  private static final Duration IDLE_MAX = Duration.ofSeconds(30);
  private static final int THREADS_MAX = 16;
  private static final int WAITING_MAX = 1024;

  private final Cache<String, Boolean> slow =
      Caffeine.newBuilder().maximumSize(SLOW_MAX).expireAfterWrite(SLOW_REMEMBERED).build();

  // Platform threads, because the look-up is a native call: on a virtual thread it pins its
  // carrier, and a few hosts with unresponsive name servers would block the gateway.
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS_MAX,
          THREADS_MAX,
          IDLE_MAX.toSeconds(),
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING_MAX),
          Thread.ofPlatform().daemon().name("host-resolver-", 0).factory());

  public SystemHostResolver() {
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public List<InetAddress> resolve(String host) {
    if (slow.getIfPresent(host) != null) {
      return List.of();
    }
    Future<InetAddress[]> lookup;
    try {
      lookup = threads.submit(() -> InetAddress.getAllByName(host));
    } catch (RejectedExecutionException full) {
      LOG.warn("{} is not looked up: {} look-ups are waiting already", host, WAITING_MAX);
      return List.of();
    }
    try {
      return List.of(lookup.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException late) {
      lookup.cancel(false);
      slow.put(host, true);
      LOG.info("{} was not looked up within {}", host, TIMEOUT);
      return List.of();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof UnknownHostException) {
        LOG.debug("{} does not resolve", host);
        return List.of();
      }
      throw new IllegalStateException("looking up " + host + " failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      lookup.cancel(false);
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
