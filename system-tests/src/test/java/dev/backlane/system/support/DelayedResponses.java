package dev.backlane.system.support;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Responses of a slow API: it returns `200` to each request after a delay, for any number of
/// requests. Thread-safe.
public final class DelayedResponses implements AutoCloseable {
  private static final byte[] BODY = {'d', 'o', 'n', 'e'};

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  /// Responds after a delay.
  public RecordingApi.Script of(Duration time) {
    return by(_ -> time);
  }

  /// Responds after a delay that depends on the request.
  public RecordingApi.Script by(Function<RecordingApi.Received, Duration> time) {
    return (request, client) -> {
      try {
        timer.schedule(() -> true, time.apply(request).toMillis(), TimeUnit.MILLISECONDS).get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("the delay failed", e);
      }
      RecordingApi.send(client, 200, BODY);
    };
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
