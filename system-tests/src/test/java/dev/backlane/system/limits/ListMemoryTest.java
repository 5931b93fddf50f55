package dev.backlane.system.limits;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.GatewayProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Lists of large operations do not use up the memory, whether their clients read them or not, and
/// whether the operations are returned or rejected by a filter.
@Timeout(120)
final class ListMemoryTest {
  private static final int OPERATIONS = 400;

  /// Below `server.headers-max`. All operations together are 6 MB, half of which is one page of a
  /// list: 100 pages do not fit into the heap.
  private static final int TARGET_CHARS = 15_000;

  private static final int LISTS = 100;
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(30);

  @TempDir private Path data;

  private static byte[] call(String path) {
    return GatewayConnection.call("GET", path, "", new byte[0]);
  }

  private static byte[] list(String filter) {
    return ("GET /v1/background?limit=200" + filter + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .getBytes(US_ASCII);
  }

  private static Socket unread(URI gateway, byte[] request) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(new InetSocketAddress(gateway.getHost(), gateway.getPort()));
    socket.getOutputStream().write(request);
    return socket;
  }

  private void survivesLists(String... store) throws Exception {
    try (var upstream = new ClosedPort()) {
      var arguments =
          new ArrayList<>(List.of("--upstream=" + upstream.url(), "--auth.mode=none", "--port=0"));
      arguments.addAll(List.of(store));
      try (var gateway =
              GatewayProcess.serve(List.of("-Xmx128m"), arguments.toArray(String[]::new));
          var client = new GatewayConnection(gateway.url())) {
        for (int each = 0; each < OPERATIONS; each++) {
          var accepted = client.send(call("/large?" + "q".repeat(TARGET_CHARS) + each));
          assertThat(accepted.status()).isEqualTo(202);
        }
        // The filter rejects all operations, so that each list reads all of them.
        for (var filter : List.of("", "&status=Finished")) {
          var sockets = new ArrayList<Socket>();
          for (int each = 0; each < LISTS; each++) {
            sockets.add(unread(gateway.url(), list(filter)));
          }
          assertThat(client.send(call("/small")).status()).isIn(202, 503);
          for (var socket : sockets) {
            socket.close();
          }
          Deadline.within(
              RECOVERY_MAX,
              "a call is accepted",
              () -> client.send(call("/small")).status() == 202);
          assertThat(gateway.alive()).isTrue();
        }
      }
    }
  }

  @Test
  void survivesListsOfAnEmbeddedStore() throws Exception {
    survivesLists("--data=" + data);
  }

  @Test
  void survivesListsOfADatabase() throws Exception {
    try (var postgres = PostgresServer.start(PostgresVersion.NEWEST)) {
      survivesLists(
          "--store.kind=postgres",
          "--store.url=" + postgres.createDatabase("lists"),
          "--store.user=" + postgres.user(),
          "--store.password=" + postgres.password(),
          "--store.master-key=" + Base64.getEncoder().encodeToString(new byte[32]),
          "--store.spool-path=" + data);
    }
  }
}
