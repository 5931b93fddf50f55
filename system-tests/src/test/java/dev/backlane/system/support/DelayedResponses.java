package dev.backlane.system.support;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// What an API does that takes its time: it answers each request `200` after a while, however many it has. Thread-safe.
public final class DelayedResponses implements AutoCloseable {
  private static final byte[] ANSWER = {'d', 'o', 'n', 'e'};

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  /// Answers after a time.
  public RecordingApi.Script each(Duration time) {
    return holding(_ -> time);
  }

  /// Answers after a time that the request decides.
  public RecordingApi.Script holding(Function<RecordingApi.Received, Duration> time) {
    return (request, client) -> {
      try {
        timer.schedule(() -> true, time.apply(request).toMillis(), TimeUnit.MILLISECONDS).get();
      } catch (ExecutionException impossible) {
        throw new IllegalStateException("nothing is done in this time", impossible);
      }
      RecordingApi.send(client, 200, ANSWER);
    };
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
