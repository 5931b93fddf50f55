package dev.backlane.gateway.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Detects connections whose peer acknowledges nothing that was sent to it. TCP keep-alive does not
/// cover them: it probes only while no sent byte is unacknowledged. The operating system repeats
/// such bytes for about 15 min before it reports a failure, and Java cannot set the option that
/// shortens this (`TCP_USER_TIMEOUT`).
///
/// On Linux, this reads the state of all connections from `/proc/net/tcp` and `tcp6`: the kernel
/// reports how often it has repeated the oldest unacknowledged bytes of each. A connection for
/// which that number is above 0 and does not decrease for 100 s is dead. A peer that acknowledges,
/// but has no space for more (it does not read), has another timer there and is not affected. On
/// other systems nothing is detected. Not thread-safe: for one thread that calls [#dead]
/// periodically.
public final class UnacknowledgedSends {
  private static final Logger LOG = LoggerFactory.getLogger(UnacknowledgedSends.class);

  /// How often [#dead] is to be called.
  public static final Duration INTERVAL = Duration.ofSeconds(10);

  /// RFC 1122 section 4.2.3.5: at least 100 s.
  private static final Duration DEAD_AFTER = Duration.ofSeconds(100);

  /// The longest time between two readings that count as consecutive.
  private static final Duration GAP_MAX = INTERVAL.multipliedBy(6);

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String ESTABLISHED = "01";
  private static final String RETRANSMISSION_TIMER = "01:";
  private static final int FIELDS = 8;

  /// A connection on which the oldest bytes are repeated.
  ///
  /// @param count of the repetitions
  private record Repeating(int count, long sinceNanos) {}

  /// The ends of a connection.
  public record Ends(int localPort, InetSocketAddress peer) {}

  private final List<Path> tables;
  private Map<Ends, Repeating> last = new HashMap<>();
  private long readNanos;

  public UnacknowledgedSends() {
    this(TABLES);
  }

  UnacknowledgedSends(List<Path> tables) {
    this.tables = tables.stream().filter(Files::isReadable).toList();
  }

  /// Returns the connections that are dead.
  ///
  /// @param nowNanos the time of [System#nanoTime]
  public Set<Ends> dead(long nowNanos) {
    if (nowNanos - readNanos > GAP_MAX.toNanos()) {
      // Another connection may have had the same ends in between.
      last.clear();
    }
    readNanos = nowNanos;
    Map<Ends, Repeating> present = new HashMap<>();
    Set<Ends> dead = new HashSet<>();
    counts()
        .forEach((ends, count) -> {
          var before = last.get(ends);
          long since = before != null && count >= before.count() ? before.sinceNanos() : nowNanos;
          present.put(ends, new Repeating(count, since));
          if (nowNanos - since >= DEAD_AFTER.toNanos()) {
            dead.add(ends);
          }
        });
    last = present;
    return dead;
  }

  private Map<Ends, Integer> counts() {
    Map<Ends, Integer> counts = new HashMap<>();
    for (var table : tables) {
      try (Stream<String> lines = Files.lines(table)) {
        lines.skip(1).forEach(line -> read(line, counts));
      } catch (IOException | UncheckedIOException unreadable) {
        LOG.debug("{} cannot be read: {}", table, unreadable.toString());
      }
    }
    return counts;
  }

  // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt ...
  private static void read(String line, Map<Ends, Integer> counts) {
    var fields = line.strip().split("\\s+", FIELDS);
    if (fields.length < FIELDS
        || !fields[3].equals(ESTABLISHED)
        || !fields[5].startsWith(RETRANSMISSION_TIMER)) {
      return;
    }
    int count = Integer.parseUnsignedInt(fields[6], 16);
    if (count > 0) {
      counts.put(new Ends(address(fields[1]).getPort(), address(fields[2])), count);
    }
  }

  /// Reads `0100007F:1F90`: words of 32 bits as the processor orders their bytes, and the port.
  private static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    byte[] bytes = HexFormat.of().parseHex(text, 0, colon);
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      var words = ByteBuffer.wrap(bytes);
      for (int at = 0; at < bytes.length; at += Integer.BYTES) {
        words.putInt(at, Integer.reverseBytes(words.getInt(at)));
      }
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes), Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("not an address: " + text, impossible);
    }
  }
}
