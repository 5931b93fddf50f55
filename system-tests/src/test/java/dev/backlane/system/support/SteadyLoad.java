package dev.backlane.system.support;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/// Callers that submit so many calls a second, whether the gateway answers or not. A call that was not answered counts for
/// nothing: it may or may not be there. Thread-safe.
public final class SteadyLoad implements AutoCloseable {
  private static final int SECOND_MICROS = 1_000_000;

  private final URI gateway;
  private final IntFunction<Call> calls;
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final Set<String> refusals = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedDeque<GatewayConnection> idle = new ConcurrentLinkedDeque<>();
  private final ConcurrentLinkedQueue<CountDownLatch> watching = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<CountDownLatch> watchingRefused =
      new ConcurrentLinkedQueue<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private int submitted;

  /// One call.
  ///
  /// @param kind what it is told by once it is accepted, such as its method
  /// @param bytes as [GatewayConnection#call] makes them
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Call(String kind, byte[] bytes) {}

  /// @param calls tells what the nth call is
  public SteadyLoad(URI gateway, IntFunction<Call> calls) {
    this.gateway = gateway;
    this.calls = calls;
  }

  public void start(int submitsPerSecond) {
    var _ =
        timer.scheduleAtFixedRate(
            () -> {
              var call = calls.apply(submitted++);
              callers.execute(() -> submit(call));
            },
            0,
            SECOND_MICROS / submitsPerSecond,
            TimeUnit.MICROSECONDS);
  }

  private void submit(Call call) {
    try {
      var line = idle.poll();
      if (line == null) {
        line = new GatewayConnection(gateway);
      }
      boolean whole = false;
      try {
        var answer = line.send(call.bytes());
        whole = true;
        idle.push(line);
        took(call, answer);
      } finally {
        if (!whole) {
          line.close();
        }
      }
    } catch (IOException unanswered) {
      // The gateway was killed, or is not there yet.
    }
  }

  private void took(Call call, Http.Answer answer) {
    if (answer.status() != 202) {
      refusals.add(
          answer.status() + ", Retry-After " + answer.header("Retry-After") + ": " + answer.text());
      refused.incrementAndGet();
      watchingRefused.forEach(CountDownLatch::countDown);
      return;
    }
    accepted.put(answer.accepted().id(), call.kind());
    watching.forEach(CountDownLatch::countDown);
  }

  /// Waits until so many more calls were answered 202.
  public void awaitAccepted(int more) throws InterruptedException {
    await(more, "accepted", watching);
  }

  /// Waits until so many more calls were answered otherwise.
  public void awaitRefused(int more) throws InterruptedException {
    await(more, "refused", watchingRefused);
  }

  private void await(int more, String what, ConcurrentLinkedQueue<CountDownLatch> watching)
      throws InterruptedException {
    var latch = new CountDownLatch(more);
    watching.add(latch);
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError(
            "no " + more + " calls were " + what + " within 30 s; refused were " + refusals);
      }
    } finally {
      watching.remove(latch);
    }
  }

  /// Submits no more, and waits for the answers under way.
  public void stop() {
    timer.close();
    callers.close();
  }

  /// What was answered 202: ids and kinds.
  public Map<String, String> accepted() {
    return Map.copyOf(accepted);
  }

  /// How many calls were answered otherwise.
  public int refused() {
    return refused.get();
  }

  /// What was answered otherwise, each answer once.
  public Set<String> refusals() {
    return Set.copyOf(refusals);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    callers.shutdownNow();
    idle.forEach(GatewayConnection::close);
  }
}
