package dev.backlane.engine.store.commit;

import dev.backlane.engine.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Brings the commands of many waiting threads to the disk in one commit: one thread drains all that wait into one batch,
/// while its fsync runs the next batch gathers by itself. Nobody waits for a batch to fill. Thread-safe.
///
/// A batch that fails fails for each of its commands, and the committer goes on with the next: whether the storage can still
/// be trusted after a failure is the [Journal]'s to know, which refuses later batches until it can.
///
/// @param <C> what is asked for
/// @param <R> what came of it
public final class GroupCommitter<C, R> implements AutoCloseable {
  /// Commands of one batch at most, 1,024: more does not make the share of one fsync noticeably smaller and makes the first
  /// of them wait longer.
  public static final int BATCH_COMMANDS_MAX = 1_024;

  /// Bytes of one batch at most, 8 MiB, unless a single command has more.
  public static final long BATCH_BYTES_MAX = 8L * 1024 * 1024;

  /// Applies batches. Called by one thread.
  ///
  /// @param <C> what is asked for
  /// @param <R> what came of it
  @FunctionalInterface
  public interface Journal<C, R> {
    /// Applies the commands in order in one commit that is durable on return.
    ///
    /// @return one result for each command, in order
    /// @throws StoreException if the commit failed; no command of it is reported as done
    List<R> commit(List<C> commands);
  }

  private final Journal<C, R> journal;
  private final ToLongFunction<C> bytes;
  private final Thread committer;

  // The newest command first. CLOSED at the end of its life, so that no command can slip in behind
  // the last batch.
  private final AtomicReference<@Nullable Ticket<C, R>> waiting = new AtomicReference<>();
  private final Ticket<C, R> closedMark = new Ticket<>(null);
  private volatile boolean closing;

  /// Starts the committer's thread.
  ///
  /// @param name of the thread
  /// @param bytes what a command adds to its batch, about
  public GroupCommitter(String name, Journal<C, R> journal, ToLongFunction<C> bytes) {
    this.journal = journal;
    this.bytes = bytes;
    // A thread of the platform: a native fsync would pin a virtual thread's carrier.
    this.committer = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /// Waits until the command is durable. An interrupt does not end the wait, since the command could not be taken back; it
  /// is kept for the caller.
  ///
  /// @throws StoreException if its batch failed, or the committer is closed
  public R submit(C command) {
    var ticket = new Ticket<C, R>(command);
    enqueue(ticket);
    return ticket.await();
  }

  private void enqueue(Ticket<C, R> ticket) {
    while (true) {
      var newest = waiting.get();
      if (closing || newest == closedMark) {
        throw new StoreException("the store is closed");
      }
      ticket.older = newest;
      if (waiting.compareAndSet(newest, ticket)) {
        // Whoever finds the stack empty wakes the committer; whoever does not comes behind somebody
        // who did.
        if (newest == null) {
          LockSupport.unpark(committer);
        }
        return;
      }
    }
  }

  private void run() {
    var queue = new ArrayDeque<Ticket<C, R>>();
    while (true) {
      drainTo(queue);
      if (!queue.isEmpty()) {
        commit(nextBatch(queue));
      } else if (!closing) {
        LockSupport.park(this);
      } else if (waiting.compareAndSet(null, closedMark)) {
        return;
      }
    }
  }

  private void drainTo(ArrayDeque<Ticket<C, R>> queue) {
    if (!queue.isEmpty()) {
      return;
    }
    for (var ticket = waiting.getAndSet(null); ticket != null; ) {
      queue.addFirst(ticket);
      var older = ticket.older;
      ticket.older = null;
      ticket = older;
    }
  }

  private List<Ticket<C, R>> nextBatch(ArrayDeque<Ticket<C, R>> queue) {
    var batch = new ArrayList<Ticket<C, R>>(Math.min(queue.size(), BATCH_COMMANDS_MAX));
    long batchBytes = 0;
    while (batch.size() < BATCH_COMMANDS_MAX) {
      var head = queue.peek();
      if (head == null) {
        break;
      }
      batchBytes += bytes.applyAsLong(head.command());
      if (batchBytes > BATCH_BYTES_MAX && !batch.isEmpty()) {
        break;
      }
      batch.add(queue.remove());
    }
    return batch;
  }

  private void commit(List<Ticket<C, R>> batch) {
    try {
      var commands = new ArrayList<C>(batch.size());
      for (var ticket : batch) {
        commands.add(ticket.command());
      }
      var results = journal.commit(commands);
      if (results.size() != batch.size()) {
        throw new IllegalStateException(
            results.size() + " results for " + batch.size() + " commands");
      }
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).complete(results.get(i));
      }
    } catch (
        Throwable failure) { // Also an Error: a caller that is never woken would wait for ever.
      for (var ticket : batch) {
        ticket.fail(failure);
      }
    }
  }

  /// Commits what waits already, refuses what comes later, and ends the thread. Idempotent.
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(committer);
    boolean interrupted = false;
    while (committer.isAlive()) {
      try {
        committer.join();
      } catch (InterruptedException wait) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A command and the thread that waits for it.
  private static final class Ticket<C, R> {
    private final @Nullable C command;
    private final Thread waiter = Thread.currentThread();
    private @Nullable Ticket<C, R> older;
    private @Nullable R result;
    private @Nullable Throwable failure;
    private volatile boolean done;

    Ticket(@Nullable C command) {
      this.command = command;
    }

    C command() {
      if (command == null) {
        throw new IllegalStateException("the mark of a closed committer is no command");
      }
      return command;
    }

    void complete(R value) {
      result = value;
      done = true;
      LockSupport.unpark(waiter);
    }

    void fail(Throwable cause) {
      if (!done) {
        failure = cause;
        done = true;
        LockSupport.unpark(waiter);
      }
    }

    R await() {
      boolean interrupted = false;
      while (!done) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        waiter.interrupt();
      }
      if (failure != null) {
        // A stack trace of the caller's own, with the committer's as its cause.
        var message =
            failure instanceof StoreException told
                ? String.valueOf(told.getMessage())
                : "the commit failed: " + failure;
        throw new StoreException(message, failure);
      }
      if (result == null) {
        throw new IllegalStateException("a command without a result");
      }
      return result;
    }
  }
}
