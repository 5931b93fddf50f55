package dev.backlane.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.connect.UnacknowledgedSends.Ends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Reads tables as Linux writes them on processors that are little-endian, as all usual ones are.
final class UnacknowledgedSendsTest {
  private static final String HEAD =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
  private static final Ends ENDS =
      new Ends(44866, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 8080));

  @TempDir Path folder;
  private Path table;
  private UnacknowledgedSends sends;

  @BeforeEach
  void create() throws IOException {
    table = Files.writeString(folder.resolve("tcp6"), HEAD);
    sends = new UnacknowledgedSends(List.of(table));
  }

  @Test
  void peerThatAcknowledgesNothingIsDeadAfter100Seconds() throws Exception {
    assertThat(deadAfter(0, "01:0000001A 00000003")).isEmpty();
    assertThat(deadAfter(50, "01:0000001A 00000008")).isEmpty();
    assertThat(deadAfter(99, "01:0000001A 00000009")).isEmpty();
    assertThat(deadAfter(100, "01:0000001A 00000009")).containsExactly(ENDS);
  }

  @Test
  void acknowledgementStartsTheTimeAgain() throws Exception {
    deadAfter(0, "01:0000001A 00000003");
    deadAfter(50, "01:0000001A 00000000");
    assertThat(deadAfter(100, "01:0000001A 00000003")).isEmpty();
    deadAfter(150, "01:0000001A 00000002");
    assertThat(deadAfter(200, "01:0000001A 00000009")).isEmpty();
  }

  /// It acknowledges the probes of its window, which timer 4 sends.
  @Test
  void peerThatDoesNotReadIsNotDead() throws Exception {
    deadAfter(0, "04:0000001A 00000003");
    deadAfter(50, "04:0000001A 00000008");
    assertThat(deadAfter(100, "04:0000001A 00000009")).isEmpty();
  }

  /// A later connection can have the same ends.
  @Test
  void readingsWithAGapAreNotConsecutive() throws Exception {
    deadAfter(0, "01:0000001A 00000003");
    assertThat(deadAfter(1_000, "01:0000001A 00000001")).isEmpty();
  }

  @Test
  @EnabledIf("hasTable")
  void readsTheTableOfThisSystem() {
    assertThat(new UnacknowledgedSends().dead(System.nanoTime())).isEmpty();
  }

  static boolean hasTable() {
    return Files.isReadable(Path.of("/proc/net/tcp"));
  }

  private Set<Ends> deadAfter(int seconds, String timer) throws IOException {
    Files.writeString(
        table,
        HEAD
            + "   0: 0000000000000000FFFF00000100007F:AF42 0000000000000000FFFF00000100007F:1F90 01"
            + " 00000010:00000000 "
            + timer
            + "     0        0 637 1\n");
    return sends.dead(Duration.ofSeconds(seconds).toNanos());
  }
}
