package dev.backlane.engine.store.commit;

import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.store.failure.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Makes the commands of many threads durable in one commit. One thread drains all waiting commands
/// into a batch; while that batch is flushed to the disk, the next one accumulates. No command
/// waits for a batch to fill. Thread-safe.
///
/// If a batch fails, each of its commands fails, and the committer continues with the next batch.
/// The [Journal] decides whether the storage is usable after a failure, and refuses batches until
/// it is.
///
/// @param <C> a command
/// @param <R> its result
public final class GroupCommitter<C, R> implements AutoCloseable {
  /// The most commands of one batch, 1,024: a higher limit would not noticeably reduce the cost of
  /// fsync per command, and would delay the first command.
  public static final int BATCH_COMMANDS_MAX = 1_024;

  /// The most bytes of one batch, 8 MiB, unless a single command is larger.
  public static final long BATCH_BYTES_MAX = 8L * 1024 * 1024;

  /// Applies batches. Called by one thread only.
  ///
  /// @param <C> a command
  /// @param <R> its result
  @FunctionalInterface
  public interface Journal<C, R> {
    /// Applies the commands in order in one commit that is durable on return.
    ///
    /// @return one result for each command, in order
    /// @throws StoreException if the commit failed; none of its commands is reported as done
    List<R> commit(List<C> commands);
  }

  private final Journal<C, R> journal;
  private final ToLongFunction<C> bytes;
  private final Thread committer;

  // A stack with the newest command on top. Contains `closedMark` once the committer is closed, so
  // that no command can be added after the last batch.
  private final AtomicReference<@Nullable Ticket<C, R>> waiting = new AtomicReference<>();
  private final Ticket<C, R> closedMark = new Ticket<>(null);
  private volatile boolean closing;

  /// Starts the committer's thread.
  ///
  /// @param name the name of the thread
  /// @param bytes estimates the size of a command
  public GroupCommitter(String name, Journal<C, R> journal, ToLongFunction<C> bytes) {
    this.journal = journal;
    this.bytes = bytes;
    // A platform thread: a native fsync would pin the carrier of a virtual thread.
    this.committer = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /// Waits until the command is durable. An interrupt does not end the wait, because the command
  /// cannot be withdrawn; the interrupt status is restored on return.
  ///
  /// @throws StoreException if its batch failed, or the committer is closed
  public R submit(C command) {
    var ticket = new Ticket<C, R>(command);
    enqueue(ticket);
    return ticket.await();
  }

  /// Waits until several commands are durable, in as few batches as possible. Other commands may be
  /// in the same batches.
  ///
  /// @return one result for each command, in order
  /// @throws StoreException if a batch failed, or the committer is closed; commands in other
  ///     batches may be durable
  public List<R> submitAll(List<C> commands) {
    var tickets = new ArrayList<Ticket<C, R>>(commands.size());
    for (var command : commands) {
      var ticket = new Ticket<C, R>(command);
      enqueue(ticket);
      tickets.add(ticket);
    }
    return tickets.stream().map(Ticket::await).toList();
  }

  private void enqueue(Ticket<C, R> ticket) {
    while (true) {
      var newest = waiting.get();
      if (closing || newest == closedMark) {
        throw new StoreException("the store is closed");
      }
      ticket.older = newest;
      if (waiting.compareAndSet(newest, ticket)) {
        // Only the thread that finds the stack empty wakes the committer; for later ones it is
        // awake.
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
      batchBytes += bytesOf(head);
      if (batchBytes > BATCH_BYTES_MAX && !batch.isEmpty()) {
        break;
      }
      batch.add(queue.remove());
    }
    return batch;
  }

  // A failure here would end the committer's thread. The command fails when it is applied, or not
  // at all.
  private long bytesOf(Ticket<C, R> ticket) {
    try {
      return bytes.applyAsLong(ticket.command());
    } catch (RuntimeException | Error unknown) {
      OutOfMemory.endProcess(unknown);
      return 0;
    }
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
    } catch (Throwable failure) { // Also an Error: a caller that is not woken would wait forever.
      OutOfMemory.endProcess(failure);
      for (var ticket : batch) {
        ticket.fail(failure);
      }
    }
  }

  /// Commits the commands that are waiting, refuses later ones, and ends the thread. Idempotent.
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
        throw new IllegalStateException("the closed mark has no command");
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
        // The exception has the stack trace of the caller; its cause has that of the committer.
        throw switch (failure) {
          case StoreException.Refused known ->
              new StoreException.Refused(String.valueOf(known.getMessage()), known);
          case StoreException known ->
              new StoreException(String.valueOf(known.getMessage()), known);
          default -> new StoreException("the commit failed: " + failure, failure);
        };
      }
      if (result == null) {
        throw new IllegalStateException("a command without a result");
      }
      return result;
    }
  }
}
