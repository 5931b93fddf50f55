package dev.backlane.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// An open loop: exchanges begin at fixed intervals, whether earlier ones have ended or not.
/// Each is timed from the moment at which it should have begun, so that a standstill delays all
/// exchanges of its time, and not one alone (coordinated omission). Thread-safe.
public final class OpenLoop {
  private static final int DIGITS = 3;

  private final int port;
  private final Duration interval;

  /// @param port of the server
  /// @param perSecond how many exchanges begin in a second
  public OpenLoop(int port, int perSecond) {
    this.port = port;
    this.interval = Duration.ofSeconds(1).dividedBy(perSecond);
  }

  /// Makes exchanges for a time, and waits until all have ended.
  ///
  /// @return their times in nanoseconds
  /// @throws IllegalStateException if an exchange fails
  public Histogram during(Duration time, Load.Exchange exchange) throws InterruptedException {
    var times = new ConcurrentHistogram(DIGITS);
    var idle = new Connections(port);
    List<Future<?>> exchanges = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      for (long after = 0; after < time.toNanos(); after += interval.toNanos()) {
        long due = start + after;
        for (long wait; (wait = due - System.nanoTime()) > 0; ) {
          LockSupport.parkNanos(wait);
        }
        exchanges.add(threads.submit(() -> make(exchange, idle, due, times)));
      }
      for (var each : exchanges) {
        each.get();
      }
    } catch (ExecutionException failed) {
      throw new IllegalStateException("an exchange failed", failed.getCause());
    } finally {
      idle.close();
    }
    return times;
  }

  private static void make(
      Load.Exchange exchange, Connections idle, long dueNanos, Histogram times) {
    try {
      var connection = idle.take();
      exchange.make(connection);
      times.recordValue(System.nanoTime() - dueNanos);
      idle.put(connection);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// The connections that no exchange uses. Thread-safe.
  private static final class Connections {
    private final int port;
    private final Deque<HttpConnection> idle = new ArrayDeque<>();

    Connections(int port) {
      this.port = port;
    }

    HttpConnection take() throws IOException {
      synchronized (this) {
        if (!idle.isEmpty()) {
          return idle.pop();
        }
      }
      return new HttpConnection(port);
    }

    synchronized void put(HttpConnection connection) {
      idle.push(connection);
    }

    synchronized void close() {
      for (var each : idle) {
        try {
          each.close();
        } catch (IOException failed) {
          throw new UncheckedIOException(failed);
        }
      }
    }
  }
}
