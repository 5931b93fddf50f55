package dev.backlane.gateway.connect;

import dev.backlane.engine.memory.OutOfMemory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Opens one connection to a host with any number of addresses, as RFC 8305 (Happy Eyeballs)
/// describes:
///
/// 1. The addresses are ordered so that the families alternate, beginning with the family that the
///    resolver prefers.
/// 2. The first address is tried. The next one is tried when the one before has failed, or after
///    250 ms, while the earlier ones continue. If the time would not suffice for all addresses, the
///    interval is shorter.
/// 3. The first connection that is completely open, including its TLS handshake, wins. All others
///    are closed.
///
/// A host that accepts connections and then is silent therefore does not use up the time of the
/// others. For one connection: [#connect] is called once; [#abort] may be called by any thread.
///
/// @param <T> an open connection
public final class ConnectRace<T> {
  /// RFC 8305 section 5 recommends 250 ms.
  private static final Duration NEXT_AFTER = Duration.ofMillis(250);

  /// Addresses that are tried. A name can have hundreds, and the owner of a webhook chooses it.
  private static final int ADDRESSES_MAX = 64;

  private final Opening<T> opening;
  private final BlockingQueue<End<T>> ends = new LinkedBlockingQueue<>();
  private final List<SocketChannel> channels = new ArrayList<>();
  private boolean over;

  /// What follows after TCP is connected.
  @FunctionalInterface
  public interface Opening<T> {
    /// Completes a connection, such as by a TLS handshake. May block; another thread closes the
    /// channel to end it.
    T complete(SocketChannel connected) throws IOException;
  }

  private sealed interface End<T> {}

  private record Opened<T>(SocketChannel channel, T connection) implements End<T> {}

  private record Failed<T>(Exception cause) implements End<T> {}

  public ConnectRace(Opening<T> opening) {
    this.opening = opening;
  }

  /// Connects to one of the addresses.
  ///
  /// @param deadlineNanos the time of [System#nanoTime] at which it fails
  /// @throws NoSocketException if this process cannot open a socket
  /// @throws SocketTimeoutException if no connection was open in time
  /// @throws InterruptedIOException if this thread was interrupted, or the race was aborted
  /// @throws IOException the failure of the last address
  public T connect(List<InetAddress> addresses, int port, long deadlineNanos) throws IOException {
    var order = alternating(addresses);
    Optional<SocketChannel> winner = Optional.empty();
    try {
      var opened = race(order, port, deadlineNanos);
      winner = Optional.of(opened.channel());
      return opened.connection();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting");
    } finally {
      closeAllBut(winner);
    }
  }

  /// Ends the race: [#connect] fails, or its connection is closed if it has one already.
  public void abort() {
    closeAllBut(Optional.empty());
    // Wakes the thread in connect, also if no address has been tried yet.
    ends.add(new Failed<>(new InterruptedIOException("aborted while connecting")));
  }

  private Opened<T> race(List<InetAddress> order, int port, long deadlineNanos)
      throws IOException, InterruptedException {
    long stepNanos = stepNanos(order.size(), deadlineNanos - System.nanoTime());
    long nextNanos = System.nanoTime();
    int started = 0;
    int ended = 0;
    Exception failure = null;
    while (ended < order.size()) {
      long now = System.nanoTime();
      if (now - deadlineNanos >= 0) {
        throw tooLate(failure);
      }
      if (started < order.size() && (now - nextNanos >= 0 || started == ended)) {
        start(order.get(started++), port, deadlineNanos);
        nextNanos = now + stepNanos;
      }
      long untilNanos =
          started < order.size() && nextNanos - deadlineNanos < 0 ? nextNanos : deadlineNanos;
      var end = ends.poll(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      switch (end) {
        case null -> {}
        case Opened<T> opened -> {
          return opened;
        }
        case Failed<T>(var cause) -> {
          if (isOver()) {
            throw asIo(cause);
          }
          ended++;
          nextNanos = System.nanoTime();
          // A shortage of this process is reported, because not every address was tried.
          failure = failure instanceof NoSocketException ? failure : cause;
        }
      }
    }
    throw failure == null ? new IOException("the host has no address") : asIo(failure);
  }

  private static IOException asIo(Exception failure) {
    return failure instanceof IOException io ? io : new IOException(failure);
  }

  // Half of the time at most passes before the last address is tried.
  private static long stepNanos(int addresses, long leftNanos) {
    return Math.min(NEXT_AFTER.toNanos(), Math.max(0, leftNanos / (2L * Math.max(1, addresses))));
  }

  private static SocketTimeoutException tooLate(@Nullable Exception failure) {
    var late = new SocketTimeoutException("connect timed out");
    if (failure != null) {
      late.addSuppressed(failure);
    }
    return late;
  }

  private void start(InetAddress address, int port, long deadlineNanos) throws IOException {
    SocketChannel channel;
    try {
      channel = SocketChannel.open();
    } catch (IOException exhausted) {
      ends.add(new Failed<>(new NoSocketException(exhausted)));
      return;
    }
    synchronized (this) {
      if (over) {
        channel.close();
        return;
      }
      channels.add(channel);
    }
    Thread.ofVirtual()
        .name("connect")
        .start(() -> ends.add(end(channel, new InetSocketAddress(address, port), deadlineNanos)));
  }

  private End<T> end(SocketChannel channel, InetSocketAddress address, long deadlineNanos) {
    try {
      KeepAlive.set(channel);
      channel.socket().connect(address, millisLeft(deadlineNanos));
      return new Opened<>(channel, opening.complete(channel));
    } catch (IOException | RuntimeException failed) {
      close(channel);
      return new Failed<>(failed);
    } catch (Error failed) {
      OutOfMemory.endProcess(failed);
      close(channel);
      return new Failed<>(new IOException("the gateway itself failed: " + failed, failed));
    }
  }

  private static int millisLeft(long deadlineNanos) {
    return Math.clamp((deadlineNanos - System.nanoTime()) / 1_000_000, 1, Integer.MAX_VALUE);
  }

  private synchronized boolean isOver() {
    return over;
  }

  private void closeAllBut(Optional<SocketChannel> winner) {
    List<SocketChannel> losers;
    synchronized (this) {
      over = true;
      losers = List.copyOf(channels);
      channels.clear();
      winner.ifPresent(channels::add);
    }
    for (var channel : losers) {
      if (!winner.equals(Optional.of(channel))) {
        close(channel);
      }
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      // Nothing more can be done to close it.
    }
  }

  /// The order in which addresses are tried.
  static List<InetAddress> alternating(List<InetAddress> addresses) {
    var first = new ArrayList<InetAddress>();
    var second = new ArrayList<InetAddress>();
    for (var address : addresses) {
      boolean preferred =
          address instanceof Inet6Address == addresses.getFirst() instanceof Inet6Address;
      (preferred ? first : second).add(address);
    }
    var order = new ArrayList<InetAddress>();
    for (int each = 0; order.size() < addresses.size(); each++) {
      if (each < first.size()) {
        order.add(first.get(each));
      }
      if (each < second.size()) {
        order.add(second.get(each));
      }
    }
    return order.subList(0, Math.min(order.size(), ADDRESSES_MAX));
  }
}
