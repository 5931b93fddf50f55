package dev.backlane.gateway.upstream;

import dev.backlane.engine.fairness.FairShare;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.gateway.connect.PeerNetwork;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits the connections that proxied calls use at the same time. A few clients cannot keep all of
/// them by trickling their requests, or by not reading their responses:
///
/// - An address has at most seven times what stays free ([FairShare]), or one.
/// - The next one is for the address that has the fewest, and within it for the call that has
///   waited longest.
/// - While calls wait, those of slow clients are ended, the furthest behind first.
/// - Slow clients have at most a quarter. A response that is not read occupies about a mebibyte of
///   the operating system's memory, and without any left all connections of the machine stand still.
///
/// Thread-safe.
final class ProxiedConnections {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedConnections.class);

  /// How often a waiting call checks for slow clients, and whether it was aborted.
  private static final long CHECK_MILLIS = 100;

  /// The least time between two searches for slow clients.
  private static final long SEARCH_NANOS = TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS / 2);

  /// Slow clients have at most one part in this number.
  private static final int SLOW_PART = 4;

  private final int max;
  private final int slowMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong searchedNanos = new AtomicLong(System.nanoTime());

  /// Written while the lock is held.
  private final Set<Exchange> holders = ConcurrentHashMap.newKeySet();

  private final Map<PeerNetwork, Integer> held = new HashMap<>();

  /// In the order of the first waiting call of each address.
  private final Map<PeerNetwork, ArrayDeque<Waiter>> waiting = new LinkedHashMap<>();

  private static final class Waiter {
    private final Exchange exchange;
    private final Condition granted;

    Waiter(Exchange exchange, Condition granted) {
      this.exchange = exchange;
      this.granted = granted;
    }
  }

  /// A call whose client is slow.
  private record Slow(Exchange holder, long byNanos) {}

  /// @param max at the same time, at least 1
  ProxiedConnections(int max) {
    this.max = max;
    this.slowMax = Math.max(1, max / SLOW_PART);
  }

  /// Waits for a permit.
  ///
  /// @throws NotSentException if there is none in time, or the exchange was aborted
  void acquire(Exchange exchange, long deadlineNanos) throws NotSentException {
    var waiter = new Waiter(exchange, lock.newCondition());
    lock.lock();
    try {
      waiting.computeIfAbsent(exchange.network(), _ -> new ArrayDeque<>()).add(waiter);
      grant();
    } finally {
      lock.unlock();
    }
    if (holders.size() > slowMax) {
      endSlow();
    }
    boolean acquired = false;
    try {
      acquired = holders.contains(exchange) || waited(waiter, deadlineNanos);
    } finally {
      if (!acquired) {
        leave(waiter);
      }
    }
    if (!acquired) {
      throw new NotSentException(
          Obstacle.RESOURCES,
          "all "
              + max
              + " connections to the upstream are in use, or as many as one address may use"
              + " (upstream.max-connections)");
    }
  }

  private boolean waited(Waiter waiter, long deadlineNanos) throws NotSentException {
    try {
      while (true) {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (leftNanos <= 0) {
          return false;
        }
        endSlow();
        if (granted(waiter, Math.min(leftNanos, TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS)))) {
          return true;
        }
        waiter.exchange.refuseIfAborted();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NotSentException(
          Obstacle.PROCESS, "interrupted while waiting for a connection", interrupted);
    }
  }

  private boolean granted(Waiter waiter, long nanos) throws InterruptedException {
    lock.lock();
    try {
      for (long left = nanos; left > 0 && !holders.contains(waiter.exchange); ) {
        left = waiter.granted.awaitNanos(left);
      }
      return holders.contains(waiter.exchange);
    } finally {
      lock.unlock();
    }
  }

  /// Gives free permits to waiting calls. Called while the lock is held.
  private void grant() {
    while (holders.size() < max) {
      var next =
          waiting.keySet().stream()
              .filter(this::mayHoldMore)
              .min(Comparator.comparingInt(this::held));
      if (next.isEmpty()) {
        return;
      }
      var queue = waiting.getOrDefault(next.get(), new ArrayDeque<>());
      var first = queue.remove();
      if (queue.isEmpty()) {
        waiting.remove(next.get());
      }
      holders.add(first.exchange);
      held.merge(next.get(), 1, Integer::sum);
      first.granted.signal();
    }
  }

  private boolean mayHoldMore(PeerNetwork network) {
    int held = held(network);
    return held == 0 || FairShare.permits(held, 1, max - holders.size());
  }

  private int held(PeerNetwork network) {
    return held.getOrDefault(network, 0);
  }

  /// Ends as many calls of slow clients as calls wait, or as slow clients have too many. One search
  /// serves all calls.
  private void endSlow() {
    long before = searchedNanos.get();
    long now = System.nanoTime();
    if (now - before < SEARCH_NANOS || !searchedNanos.compareAndSet(before, now)) {
      return;
    }
    var slow =
        holders.stream()
            .map(holder -> new Slow(holder, holder.clientSlowByNanos()))
            .filter(each -> each.byNanos > 0)
            .sorted(Comparator.comparingLong(Slow::byNanos).reversed())
            .toList();
    int ending = Math.min(slow.size(), Math.max(waiting(), slow.size() - slowMax));
    slow.subList(0, ending).forEach(each -> each.holder.endForOthers());
    if (ending > 0) {
      LOG.info(
          "Ended {} proxied calls whose clients are too slow: other calls need the {} connections to the upstream"
              + " (upstream.max-connections)",
          ending,
          max);
    }
  }

  private int waiting() {
    lock.lock();
    try {
      return waiting.values().stream().mapToInt(ArrayDeque::size).sum();
    } finally {
      lock.unlock();
    }
  }

  /// Ends the wait of a call, which may have got a permit meanwhile.
  private void leave(Waiter waiter) {
    lock.lock();
    try {
      var network = waiter.exchange.network();
      var queue = waiting.get(network);
      if (queue != null && queue.remove(waiter) && queue.isEmpty()) {
        waiting.remove(network);
      }
    } finally {
      lock.unlock();
    }
    release(waiter.exchange);
  }

  /// Releases the permit of an exchange.
  void release(Exchange exchange) {
    lock.lock();
    try {
      if (holders.remove(exchange)) {
        held.computeIfPresent(exchange.network(), (_, count) -> count == 1 ? null : count - 1);
        grant();
      }
    } finally {
      lock.unlock();
    }
  }
}
