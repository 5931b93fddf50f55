package dev.backlane.gateway.webhook;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.backlane.engine.memory.OutOfMemory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks names up with the system's resolver, in bounded time. Thread-safe; its threads are daemons
/// that end when they are idle.
///
/// A look-up is a native call: on a virtual thread it pins its carrier, and it cannot be aborted.
/// If a name server does not respond, it occupies its thread for tens of seconds, longer than any
/// caller waits for it. So the threads are divided, as in a fair queue:
///
/// 1. A look-up of a name that is running already is shared by all requesters.
/// 2. Otherwise it waits in the queue of its requester. The queues are served in rotation.
/// 3. A requester has at most [Limits#perClient] look-ups running, all requesters of a tenant
///    [Limits#perTenant]; a look-up counts until its native call ends. The threads that are left
///    serve the others, however many names of one tenant do not respond.
public final class SystemHostResolver implements HostResolver {
  private static final Logger LOG = LoggerFactory.getLogger(SystemHostResolver.class);

  /// How long after a time-out a host is not looked up again.
  private static final Duration SLOW_REMEMBERED = Duration.ofSeconds(30);

  private static final int SLOW_MAX = 10_000;
  private static final Duration IDLE_MAX = Duration.ofSeconds(30);

  private final HostLookup lookup;
  private final Limits limits;
  private final Cache<String, Boolean> slow =
      Caffeine.newBuilder().maximumSize(SLOW_MAX).expireAfterWrite(SLOW_REMEMBERED).build();
  private final ThreadPoolExecutor threads;

  // Guarded by this.
  private final Map<String, LookUp> running = new HashMap<>();
  private final Map<Requester, Deque<LookUp>> queues = new LinkedHashMap<>();
  private final Map<Requester, Integer> runningOfClient = new HashMap<>();
  private final Map<String, Integer> runningOfTenant = new HashMap<>();
  private int runningCount;
  private int waitingCount;

  /// Looks a name up; may block for long.
  @FunctionalInterface
  interface HostLookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  /// @param timeout how long a caller waits, including the time in its queue
  /// @param threads look-ups that run at the same time
  /// @param perTenant of these, for one tenant
  /// @param perClient of these, for one client of a tenant
  /// @param waitingPerClient look-ups in the queue of one client
  /// @param waiting look-ups in all queues
  record Limits(
      Duration timeout,
      int threads,
      int perTenant,
      int perClient,
      int waitingPerClient,
      int waiting) {
    static final Limits DEFAULT = new Limits(Duration.ofSeconds(3), 32, 8, 4, 64, 1024);
  }

  /// One look-up, from its queue to its end.
  private record LookUp(
      String host, Requester requester, CompletableFuture<List<InetAddress>> result) {}

  public SystemHostResolver() {
    this(InetAddress::getAllByName, Limits.DEFAULT);
  }

  /// Uses another resolver than the system's.
  SystemHostResolver(HostLookup lookup, Limits limits) {
    this.lookup = lookup;
    this.limits = limits;
    this.threads =
        new ThreadPoolExecutor(
            0,
            // A look-up has left the counts shortly before its thread is idle.
            2 * limits.threads(),
            IDLE_MAX.toSeconds(),
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("host-resolver-", 0).factory());
  }

  @Override
  public List<InetAddress> resolve(String host, Requester requester) {
    if (slow.getIfPresent(host) != null) {
      return List.of();
    }
    var wanted = enqueued(host, requester);
    if (wanted.isEmpty()) {
      LOG.warn("{} is not looked up: too many look-ups of its client are waiting", host);
      return List.of();
    }
    var result = wanted.get().result();
    try {
      return result.get(limits.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      LOG.info("{} was not looked up within {}", host, limits.timeout());
      abandon(wanted.get());
      return List.of();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof UnknownHostException) {
        LOG.debug("{} does not resolve", host);
        return List.of();
      }
      throw new IllegalStateException("looking up " + host + " failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      abandon(wanted.get());
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /// The running look-up of a name, or a new one; empty if too many are waiting.
  private synchronized Optional<LookUp> enqueued(String host, Requester requester) {
    var shared = running.get(host);
    if (shared != null) {
      return Optional.of(shared);
    }
    var queue = queues.getOrDefault(requester, new ArrayDeque<>());
    for (var each : queue) {
      if (each.host().equals(host)) {
        return Optional.of(each);
      }
    }
    if (waitingCount >= limits.waiting() || queue.size() >= limits.waitingPerClient()) {
      return Optional.empty();
    }
    var added = new LookUp(host, requester, new CompletableFuture<>());
    queue.add(added);
    queues.put(requester, queue);
    waitingCount++;
    startWaiting();
    return Optional.of(added);
  }

  /// A caller no longer waits for a look-up.
  private synchronized void abandon(LookUp abandoned) {
    if (abandoned.equals(running.get(abandoned.host()))) {
      slow.put(abandoned.host(), true);
      return;
    }
    // Callers that joined it are about as late. The name itself is not known to be slow.
    var queue = queues.get(abandoned.requester());
    if (queue != null && queue.remove(abandoned)) {
      waitingCount--;
      abandoned.result().completeExceptionally(new UnknownHostException(abandoned.host()));
      if (queue.isEmpty()) {
        queues.remove(abandoned.requester());
      }
    }
  }

  private void startWaiting() {
    while (runningCount < limits.threads()) {
      var next = queues.entrySet().stream().filter(each -> hasShare(each.getKey())).findFirst();
      if (next.isEmpty()) {
        return;
      }
      // Removed and added again: the next in rotation is another one.
      var requester = next.get().getKey();
      var queue = next.get().getValue();
      queues.remove(requester);
      var first = queue.remove();
      waitingCount--;
      if (!queue.isEmpty()) {
        queues.put(requester, queue);
      }
      start(first);
    }
  }

  private boolean hasShare(Requester requester) {
    return runningOfClient.getOrDefault(requester, 0) < limits.perClient()
        && runningOfTenant.getOrDefault(requester.tenant(), 0) < limits.perTenant();
  }

  private void start(LookUp next) {
    var already = running.get(next.host());
    if (already != null) {
      // Another requester's look-up of the same name began meanwhile.
      var _ = already.result().whenComplete((found, failed) -> complete(next, found, failed));
      return;
    }
    running.put(next.host(), next);
    runningCount++;
    runningOfClient.merge(next.requester(), 1, Integer::sum);
    runningOfTenant.merge(next.requester().tenant(), 1, Integer::sum);
    threads.execute(() -> run(next));
  }

  private void run(LookUp next) {
    List<InetAddress> found = null;
    Throwable failure = null;
    try {
      found = List.of(lookup.addressesOf(next.host()));
    } catch (Throwable failed) { // Also an Error: the callers would wait in vain.
      OutOfMemory.endProcess(failed);
      failure = failed;
    }
    ended(next);
    complete(next, found, failure);
  }

  private synchronized void ended(LookUp ended) {
    running.remove(ended.host());
    runningCount--;
    runningOfClient.computeIfPresent(
        ended.requester(), (_, count) -> count == 1 ? null : count - 1);
    runningOfTenant.computeIfPresent(
        ended.requester().tenant(), (_, count) -> count == 1 ? null : count - 1);
    startWaiting();
  }

  private static void complete(
      LookUp ended, @Nullable List<InetAddress> found, @Nullable Throwable failure) {
    if (found == null) {
      ended.result().completeExceptionally(failure == null ? new UnknownHostException() : failure);
    } else {
      ended.result().complete(found);
    }
  }
}
