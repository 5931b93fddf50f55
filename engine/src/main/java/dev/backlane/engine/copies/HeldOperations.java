package dev.backlane.engine.copies;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds operations in a store that is a copy, until an operator decides. Steps:
///
/// 1. **Detect:** at the start, and with a shared store every two seconds, whether the store is a
///    copy ([StoreOrigin]).
/// 2. **Discard** what this process has in memory of the original, which the copy may not have.
/// 3. **Hold:** queued calls that may not be repeated become held: the original may have
///    executed them since it was copied. New and repeatable calls are executed.
/// 4. **Adopt:** record the store as the original, so that this happens once. Other processes that
///    share it notice that, and discard what they have in memory too.
/// 5. **Decide:** an operator releases or ends the held operations, here or with `store resume`
///    ([HeldDecision]).
///
/// Thread-safe.
public final class HeldOperations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeldOperations.class);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);

  /// How often held operations are counted again while there are some: other nodes and callers
  /// decide too, and a count visits all unfinished operations.
  private static final Duration COUNT_INTERVAL = Duration.ofSeconds(30);

  private static final int PAGE_ROWS = 500;

  private final OperationStore operations;
  private final Store store;
  private final Settlement settlement;
  private final boolean hold;
  private final Effects effects;
  private final Threads threads;
  private final Loop loop;

  /// How many operations were held at the last look of this process.
  private volatile long count;

  private volatile long countedNanos;

  /// The original at the last check.
  private volatile String original = "";

  /// What follows in this process.
  ///
  /// @param released wakes the dispatcher
  /// @param discard discards what is in memory of the operations of the original
  public record Effects(Runnable released, Runnable discard) {}

  /// @param operations the operations of `store`
  /// @param hold whether operations are held in a copy; otherwise they are executed
  public HeldOperations(
      OperationStore operations,
      Store store,
      Settlement settlement,
      boolean hold,
      Effects effects,
      Threads threads) {
    this.operations = operations;
    this.store = store;
    this.settlement = settlement;
    this.hold = hold;
    this.effects = effects;
    this.threads = threads;
    this.loop = new Loop("Held operations", this::step, Backoff.constant(CHECK_INTERVAL), threads);
  }

  /// Checks the store once, before any operation is executed; then regularly, if it is shared.
  ///
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
  public void start() {
    boolean begins = check();
    countAgain();
    if (count > 0 && !begins) {
      LOG.warn(
          "{} operations are held, since this store is a copy and they may have been executed"
              + " already; release them with 'backlane store resume', or end them with 'backlane"
              + " store resume --fail'",
          count);
    }
    if (shared()) {
      loop.startAfter(CHECK_INTERVAL);
    } else if (count > 0) {
      loop.startAfter(COUNT_INTERVAL);
    }
  }

  private boolean shared() {
    return store.sharing().isPresent();
  }

  private void countAgain() {
    countedNanos = threads.nanoTime();
    count = each(true, _ -> true);
  }

  private Next step() {
    if (shared()) {
      var _ = check();
    }
    if (count > 0 && threads.nanoTime() - countedNanos >= COUNT_INTERVAL.toNanos()) {
      countAgain();
    }
    if (shared()) {
      return Next.after(CHECK_INTERVAL);
    }
    return count > 0 ? Next.after(COUNT_INTERVAL) : Next.done();
  }

  /// @return whether the store was found to be a copy
  private boolean check() {
    var copied = store.origin().copied();
    var recorded = store.origin().original();
    if (copied.isPresent() || !recorded.equals(original)) {
      effects.discard().run();
      original = recorded;
    }
    copied.ifPresent(this::begin);
    HeldDecision.of(store.records())
        .ifPresent(decision -> {
          int changed = decision.fail() ? fail() : release();
          decision.done(store.records());
          LOG.info("{} held operations were {}", changed, decision.fail() ? "ended" : "released");
        });
    return copied.isPresent();
  }

  private void begin(String why) {
    // A decision that was copied too was made for the original.
    HeldDecision.of(store.records()).ifPresent(copied -> copied.done(store.records()));
    int held = hold ? each(false, settlement::hold) : 0;
    countAgain();
    store.origin().adopt();
    LOG.warn(
        "This store is a copy: {}. {}",
        why,
        hold
            ? held
                + " queued operations that may not be repeated are held; release them with 'backlane"
                + " store resume', or end them with 'backlane store resume --fail'"
            : "Its queued operations are executed (store.on-copy: run)");
  }

  /// Releases all held operations.
  ///
  /// @return how many
  public int release() {
    int changed = each(true, settlement::release);
    count = 0;
    effects.released().run();
    return changed;
  }

  /// Ends all held operations as failed, with an unknown outcome.
  ///
  /// @return how many
  public int fail() {
    int changed = each(true, settlement::failHeld);
    count = 0;
    return changed;
  }

  /// Releases one held operation.
  ///
  /// @return whether it was held
  public boolean release(OperationId id) {
    boolean changed = settlement.release(id);
    if (changed) {
      count = Math.max(0, count - 1);
      effects.released().run();
    }
    return changed;
  }

  /// Ends one held operation as failed, with an unknown outcome.
  ///
  /// @return whether it was held
  public boolean fail(OperationId id) {
    boolean changed = settlement.failHeld(id);
    if (changed) {
      count = Math.max(0, count - 1);
    }
    return changed;
  }

  /// How many operations this process knows to be held.
  public long count() {
    return count;
  }

  /// The held operations that were received first.
  public List<Operation> list(int max) {
    var held = new ArrayList<Operation>();
    var ids = store.origin().waiting(true, new OperationId(0, 0), max);
    var found = operations.findAll(ids);
    for (var id : ids) {
      var operation = found.get(id);
      if (operation != null) {
        held.add(operation);
      }
    }
    return held;
  }

  /// Visits all queued or all held operations.
  ///
  /// @param held whether the held ones
  /// @param change returns whether it changed the operation
  /// @return how many operations were changed
  private int each(boolean held, Predicate<OperationId> change) {
    int changed = 0;
    var after = new OperationId(0, 0);
    while (true) {
      var page = store.origin().waiting(held, after, PAGE_ROWS);
      for (var id : page) {
        changed += changes(id, change) ? 1 : 0;
      }
      if (page.size() < PAGE_ROWS) {
        return changed;
      }
      after = page.getLast();
    }
  }

  // One that cannot be read is never executed: a claim leaves it to a takeover, which ends it.
  private static boolean changes(OperationId id, Predicate<OperationId> change) {
    try {
      return change.test(id);
    } catch (StoreException.Refused damaged) {
      LOG.error(
          "Operation {} cannot be read or changed, and is skipped: {}", id, damaged.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    loop.stop();
  }
}
