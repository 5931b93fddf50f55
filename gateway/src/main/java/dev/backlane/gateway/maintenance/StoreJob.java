package dev.backlane.gateway.maintenance;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work on the store that runs in the background, one at a time, and whose progress operators read.
/// The result of the last run is kept until the next one or the end of the process. Thread-safe.
final class StoreJob {
  private static final Logger LOG = LoggerFactory.getLogger(StoreJob.class);

  private static final String STATE = "state";
  private static final String RUNNING = "running";

  /// The work. It reports its members of the document, and returns them at the end.
  @FunctionalInterface
  interface Work {
    /// @throws StoreException if it fails; the message names the fix
    Map<String, Object> run(Consumer<Map<String, Object>> progress);
  }

  private final String name;
  private final Threads threads;
  private final InstantSource clock;
  private final AtomicReference<Map<String, Object>> document =
      new AtomicReference<>(Map.of(STATE, "none"));

  /// @param name in the log, such as `backup`
  /// @param clock of the times in the document
  StoreJob(String name, Threads threads, InstantSource clock) {
    this.name = name;
    this.threads = threads;
    this.clock = clock;
  }

  /// The state of the last run: `none`, `running`, `done` or `failed`, its times and its members.
  Map<String, Object> document() {
    return document.get();
  }

  /// @throws ProblemException 409 if it runs already
  void requireIdle() {
    if (isRunning(document.get())) {
      throw busy();
    }
  }

  private static boolean isRunning(Map<String, Object> present) {
    return RUNNING.equals(present.get(STATE));
  }

  private ProblemException busy() {
    return new ProblemException(
        ProblemType.CONFLICT, "The " + name + " runs already. Read its progress with GET.");
  }

  /// Begins to work.
  ///
  /// @throws ProblemException 409 if it runs already
  void start(Work work) {
    var begun = Map.<String, Object>of("startedUtc", clock.instant().toString());
    var before = document.get();
    if (isRunning(before) || !document.compareAndSet(before, with(begun, RUNNING, Map.of()))) {
      throw busy();
    }
    threads.start("store-" + name, () -> run(begun, work));
  }

  private void run(Map<String, Object> begun, Work work) {
    try {
      var members = work.run(progress -> document.set(with(begun, RUNNING, progress)));
      document.set(with(ended(begun), "done", members));
      LOG.info("The {} of the store has ended: {}", name, members);
    } catch (StoreException failed) {
      LOG.error("The {} of the store failed: {}", name, failed.getMessage());
      fail(begun, String.valueOf(failed.getMessage()));
    } catch (RuntimeException | Error failed) {
      OutOfMemory.endProcess(failed);
      LOG.error("The {} of the store failed", name, failed);
      fail(begun, "internal failure; the log has the cause");
    }
  }

  private void fail(Map<String, Object> begun, String why) {
    document.set(with(ended(begun), "failed", Map.of("error", why)));
  }

  private Map<String, Object> ended(Map<String, Object> begun) {
    var times = new LinkedHashMap<>(begun);
    times.put("endedUtc", clock.instant().toString());
    return times;
  }

  private static Map<String, Object> with(
      Map<String, Object> times, String state, Map<String, Object> members) {
    var all = new LinkedHashMap<String, Object>();
    all.put(STATE, state);
    all.putAll(times);
    all.putAll(members);
    return all;
  }
}
