package dev.backlane.engine.memory;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The heap that the bytes of all callers together may occupy at the same time: request bodies that
/// are being received, responses that wait to be stored, contents and lists that are being sent.
/// Beyond it, bytes are spooled or the call is refused with 503, so that no number of clients
/// exhausts the heap ([ADR 21](docs/adr/0021-one-budget-for-bodies.md)).
///
/// Each user asks before it allocates, through a [Reservation], and only for bytes that have
/// arrived or are about to be sent. Thread-safe.
public final class MemoryBudget {
  /// Refuses nothing.
  public static final MemoryBudget UNLIMITED = new MemoryBudget(Long.MAX_VALUE);

  private final long bytesMax;
  private final @Nullable MemoryBudget whole;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder refused;

  /// @param bytesMax at least 1
  public MemoryBudget(long bytesMax) {
    this(bytesMax, null);
  }

  private MemoryBudget(long bytesMax, @Nullable MemoryBudget whole) {
    if (bytesMax < 1) {
      throw new IllegalArgumentException("a budget has at least 1 byte, not " + bytesMax);
    }
    this.bytesMax = bytesMax;
    this.whole = whole;
    this.refused = whole == null ? new LongAdder() : whole.refused;
  }

  /// A part of this budget, for one kind of use that must not occupy all of it. Its bytes count in
  /// both.
  ///
  /// @param percent of this budget, 1 to 100
  public MemoryBudget part(int percent) {
    return new MemoryBudget(Math.max(1, bytesMax / 100 * percent), this);
  }

  /// A new, empty reservation, which is refused beyond the budget.
  public Reservation reservation() {
    return new Reservation(this, false);
  }

  /// A new, empty reservation of bytes that cannot be refused, because what they belong to has
  /// happened: a response of the upstream. [Reservation#require] may exceed the budget, and
  /// [Reservation#tryGrow] returns false beyond it, so that the caller spools.
  public Reservation overdraft() {
    return new Reservation(this, true);
  }

  /// The most bytes.
  public long bytesMax() {
    return bytesMax;
  }

  /// The bytes that are reserved now.
  public long bytesUsed() {
    return used.get();
  }

  /// How many times bytes were refused since the start, also to parts.
  public long refusals() {
    return refused.sum();
  }

  /// Reserves bytes if the sum stays at or below `limit`.
  boolean tryReserve(long bytes, long limit) {
    long before = used.get();
    while (bytes <= limit - before) {
      if (used.compareAndSet(before, before + bytes)) {
        if (whole == null || whole.tryReserve(bytes, whole.bytesMax)) {
          return true;
        }
        used.addAndGet(-bytes);
        return false;
      }
      before = used.get();
    }
    refused.increment();
    return false;
  }

  /// Reserves bytes beyond every limit.
  void reserve(long bytes) {
    used.addAndGet(bytes);
    if (whole != null) {
      whole.reserve(bytes);
    }
  }

  void release(long bytes) {
    reserve(-bytes);
  }
}
