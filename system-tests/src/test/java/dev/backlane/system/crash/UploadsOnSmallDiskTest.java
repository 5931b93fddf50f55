package dev.backlane.system.crash;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Large requests that arrive at the same time on a disk of 160 MiB, of which
/// `limits.disk-free-min` keeps 64 MiB free.
@Timeout(60)
final class UploadsOnSmallDiskTest {
  private static final int MIB = 1 << 20;
  private static final long LIMIT = 64L * MIB;
  private static final int UPLOADS = 24;
  private static final int UPLOAD_BYTES = 12 * MIB;
  private static final byte[] PIECE = new byte[MIB / 4];

  private SmallDisk disk;
  private TestGateway gateway;

  @BeforeEach
  void start() {
    disk = SmallDisk.mounted(160);
    gateway =
        TestGateway.with("limits: { disk-free-min: 64MiB }\n")
            .dataFolder(disk.folder().resolve("data"))
            .start();
    gateway.api().on("/job", RecordingApi.responding(200, "done"));
  }

  @AfterEach
  void stop() {
    gateway.close();
    disk.close();
  }

  /// Sends the head of an upload.
  private Socket begun(String tenant, boolean declared) throws IOException {
    var url = gateway.url();
    var socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout(30_000);
    var head =
        "POST /job HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "
            + gateway.token(tenant, tenant, tenant)
            + "\r\nerp-api-background: none\r\nConnection: close\r\n"
            + (declared
                ? "Content-Length: " + UPLOAD_BYTES + "\r\n\r\n"
                : "Transfer-Encoding: chunked\r\n\r\n");
    socket.getOutputStream().write(head.getBytes(ISO_8859_1));
    return socket;
  }

  private static void sendPiece(Socket socket, boolean declared) throws IOException {
    var out = socket.getOutputStream();
    if (declared) {
      out.write(PIECE);
    } else {
      out.write((Integer.toHexString(PIECE.length) + "\r\n").getBytes(US_ASCII));
      out.write(PIECE);
      out.write("\r\n".getBytes(US_ASCII));
    }
  }

  /// The status of an upload; 0 if the gateway has closed the connection before it was read.
  private int upload(String tenant, boolean declared, AtomicLong lowest) throws IOException {
    try (var socket = begun(tenant, declared)) {
      for (int sent = 0; sent < UPLOAD_BYTES; sent += PIECE.length) {
        sendPiece(socket, declared);
        lowest.accumulateAndGet(disk.freeBytes(), Math::min);
      }
      if (!declared) {
        socket.getOutputStream().write("0\r\n\r\n".getBytes(US_ASCII));
      }
      var line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
      return line == null ? 0 : Integer.parseInt(line.split(" ", 3)[1]);
    } catch (IOException refusedWhileSending) {
      return 0;
    }
  }

  @Test
  void uploadsAtTheSameTimeLeaveTheLimitFree() throws Exception {
    var lowest = new AtomicLong(Long.MAX_VALUE);
    var uploads = new ArrayList<Callable<Integer>>();
    for (int each = 0; each < UPLOADS; each++) {
      var tenant = "tenant-" + each % 3;
      boolean declared = each % 2 == 0;
      uploads.add(() -> upload(tenant, declared, lowest));
    }
    var statuses = new ArrayList<Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var upload : threads.invokeAll(uploads)) {
        statuses.add(upload.get());
      }
    }
    assertThat(statuses).isSubsetOf(202, 503, 0);
    // What is not a large body, such as the log of the database, takes a little.
    assertThat(lowest.get()).as("lowest free space").isGreaterThan(LIMIT - 8 * MIB);
    var caller = gateway.http();
    caller.awaitEnd(caller.begin("/job"));
  }

  @Test
  void stalledUploadsOfATenantLeaveSpaceToOthers() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    try {
      for (int each = 0; each < UPLOADS; each++) {
        stalled.add(begun("busy", true));
        sendPiece(stalled.getLast(), true);
      }
      var busy = gateway.http("busy", "busy", "busy");
      Http.Response refused;
      do {
        refused = busy.send("POST", "/job", new byte[UPLOAD_BYTES], "erp-api-background", "none");
      } while (refused.status() == 202);
      refused.assertProblem(503, "overloaded");
      assertThat(refused.text()).contains("limits.disk-free-min");

      var quiet = gateway.http("quiet", "quiet", "quiet");
      var accepted = quiet.send("POST", "/job", PIECE, "erp-api-background", "none");
      assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
    } finally {
      for (var socket : stalled) {
        socket.close();
      }
    }
  }
}
