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

/// Callers that submit calls at a fixed rate, whether or not the gateway responds. A call without a
/// response counts as neither accepted nor refused. Thread-safe.
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
  /// @param kind a label of the call, such as its method
  /// @param bytes as [GatewayConnection#call] builds them
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Call(String kind, byte[] bytes) {}

  /// @param calls the nth call
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
        var response = line.send(call.bytes());
        whole = true;
        idle.push(line);
        record(call, response);
      } finally {
        if (!whole) {
          line.close();
        }
      }
    } catch (IOException e) {
      // The gateway was killed or has not started yet.
    }
  }

  private void record(Call call, Http.Response response) {
    if (response.status() != 202) {
      refusals.add(
          response.status()
              + ", Retry-After "
              + response.header("Retry-After")
              + ": "
              + response.text());
      refused.incrementAndGet();
      watchingRefused.forEach(CountDownLatch::countDown);
      return;
    }
    accepted.put(response.accepted().id(), call.kind());
    watching.forEach(CountDownLatch::countDown);
  }

  /// Waits until this many further calls were accepted.
  public void awaitAccepted(int more) throws InterruptedException {
    await(more, "accepted", watching);
  }

  /// Waits until this many further calls were refused.
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
            "no " + more + " calls were " + what + " within 30 s; refused calls: " + refusals);
      }
    } finally {
      watching.remove(latch);
    }
  }

  /// Stops submitting and waits for responses in flight.
  public void stop() {
    timer.close();
    callers.close();
  }

  /// The accepted operations: the label by id.
  public Map<String, String> accepted() {
    return Map.copyOf(accepted);
  }

  /// The number of refused calls.
  public int refused() {
    return refused.get();
  }

  /// The responses to refused calls, without duplicates.
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
