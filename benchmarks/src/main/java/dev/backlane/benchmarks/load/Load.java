package dev.backlane.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A closed loop of callers: each makes one exchange after another over its own connection.
public final class Load {
  private final List<Integer> ports;
  private final int connections;
  private final Exchange exchange;

  /// What a caller does on its connection, again and again.
  @FunctionalInterface
  public interface Exchange {
    /// @throws IllegalStateException if a response has another status than expected
    void make(HttpConnection connection) throws IOException;
  }

  /// @param ports the ports of the servers; connections are spread evenly over them
  /// @param connections the number of connections, each with one request in flight
  public Load(List<Integer> ports, int connections, Exchange exchange) {
    this.ports = List.copyOf(ports);
    this.connections = connections;
    this.exchange = exchange;
  }

  /// A load of one request.
  ///
  /// @param request the whole request, head and body
  /// @param status the status that every response must have
  public Load(List<Integer> ports, int connections, byte[] request, int status) {
    this(ports, connections, connection -> connection.send(request, status));
  }

  /// The result of a run.
  ///
  /// @param exchanges the number of exchanges
  /// @param seconds the duration
  public record Result(long exchanges, double seconds) {
    public double perSecond() {
      return exchanges / seconds;
    }
  }

  /// Makes exchanges.
  @FunctionalInterface
  public interface Run {
    Result make() throws IOException, InterruptedException;
  }

  /// Makes exchanges for a time.
  ///
  /// @throws IllegalStateException if any response has another status than expected
  /// @throws UncheckedIOException if a connection fails
  public Result during(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    return run(() -> System.nanoTime() < end);
  }

  /// Makes a number of exchanges.
  ///
  /// @throws IllegalStateException if any response has another status than expected
  /// @throws UncheckedIOException if a connection fails
  public Result times(long exchanges) throws InterruptedException {
    var left = new AtomicLong(exchanges);
    return run(() -> left.getAndDecrement() > 0);
  }

  private Result run(BooleanSupplier running) throws InterruptedException {
    var exchanges = new LongAdder();
    var fault = new AtomicReference<@Nullable RuntimeException>();
    var callers = new ArrayList<Thread>();
    long start = System.nanoTime();
    for (int i = 0; i < connections; i++) {
      int port = ports.get(i % ports.size());
      callers.add(Thread.ofVirtual().start(() -> call(port, running, exchanges, fault)));
    }
    for (var caller : callers) {
      caller.join();
    }
    var first = fault.get();
    if (first != null) {
      throw first;
    }
    return new Result(exchanges.sum(), (System.nanoTime() - start) / 1e9);
  }

  private void call(
      int port,
      BooleanSupplier running,
      LongAdder exchanges,
      AtomicReference<@Nullable RuntimeException> fault) {
    try (var connection = new HttpConnection(port)) {
      while (fault.get() == null && running.getAsBoolean()) {
        exchange.make(connection);
        exchanges.increment();
      }
    } catch (IOException broken) {
      fault.compareAndSet(
          null, new UncheckedIOException("a connection to port " + port + " failed", broken));
    } catch (IllegalStateException wrong) {
      fault.compareAndSet(null, wrong);
    }
  }
}
