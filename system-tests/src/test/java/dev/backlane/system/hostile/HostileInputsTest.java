package dev.backlane.system.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Sends hostile bytes to a running gateway, and checks afterwards that its state is unchanged.
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HostileInputsTest {
  private static final String OPERATOR = "the-operators-token-of-the-tests";
  private static final int IDLE_CONNECTIONS = 2_000;
  private static final int SLOW_MILLIS_MAX = 20_000;
  private static final long HEAP_GROWTH_BYTES_MAX = 48L << 20;
  private static final Pattern ACCEPTED =
      Pattern.compile("HTTP/1\\.1 202 .*\"id\":\"([^\"]+)\"", Pattern.DOTALL);
  private static final Pattern HEAP =
      Pattern.compile("jvm_memory_used_bytes\\{area=\"heap\".*} (\\S+)");

  @AutoClose private static final HostileTokens TOKENS = new HostileTokens();
  private static final Set<String> OWN_IDS = new HashSet<>();

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("admin: { token: " + OPERATOR + " }\n")
          .jvmOptions("-Xmx192m")
          .flags(
              "--auth.jwks-url=" + TOKENS.keysUrl(),
              "--auth.issuer=" + HostileTokens.ISSUER,
              "--server.request-timeout=2s",
              "--server.idle-timeout=2s");

  private static Http hostile;
  private static Http victim;
  private static BackgroundRequestStateDto ofVictim;
  private static BackgroundRequestStateDto ofHostile;
  private static long heapBytesBefore;

  @BeforeAll
  static void createOperations() throws Exception {
    hostile = gateway.http().as(TOKENS.good("hostile"));
    victim = gateway.http().as(TOKENS.good("victim"));
    ofVictim = victim.awaitEnd(victim.begin("/victim"));
    ofHostile = hostile.awaitEnd(hostile.begin("/own"));
    OWN_IDS.add(ofHostile.id());
    heapBytesBefore = heapBytesUsed();
  }

  @Order(1)
  @ParameterizedTest
  @MethodSource("rows")
  @DisplayName("a hostile input gets the expected response")
  void respondsAsExpected(HostileInput row) throws Exception {
    int before = gateway.api().received().size();
    var response =
        row.exchange(
            gateway.url(),
            Map.of("token", hostile.token(), "id", ofHostile.id(), "victim", ofVictim.id()));
    var accepted = ACCEPTED.matcher(response);
    if (accepted.find()) {
      OWN_IDS.add(accepted.group(1));
      hostile.awaitEnd(accepted.group(1));
    }
    var upstream = gateway.api().received().stream().skip(before).toList();
    // A background call is stored, also if its caller waited for the plain response.
    upstream.forEach(request -> OWN_IDS.addAll(request.values("Idempotency-Key")));
    row.expected().check(response, upstream.stream().map(HostileInputsTest::nameless).toList());
    assertThat(response).doesNotContain(victim.token());
  }

  /// With the placeholder that the inputs use.
  private static Received nameless(Received request) {
    var target = request.target().replace(ofVictim.id(), "{victim}");
    return new Received(request.method(), target, request.headers(), request.body());
  }

  static Stream<Arguments> rows() {
    var rows = new ArrayList<HostileInput>();
    rows.addAll(HostileFraming.rows());
    rows.addAll(HostileHeaders.rows());
    rows.addAll(HostilePaths.rows());
    rows.addAll(HostileCalls.rows());
    rows.addAll(TOKENS.rows());
    return rows.stream().map(row -> Arguments.argumentSet(printable(row.name()), row));
  }

  private static String printable(String name) {
    return name.replaceAll("[^\\x20-\\x7e]", "~");
  }

  @Order(2)
  @ParameterizedTest
  @MethodSource("slow")
  @DisplayName("a connection whose request stalls is closed")
  void closesStalledConnections(String begun) throws Exception {
    try (var socket = connect()) {
      socket.getOutputStream().write(begun.getBytes(ISO_8859_1));
      // The gateway closes the connection, with a response or without one.
      readToEnd(socket);
    }
  }

  static Stream<Arguments> slow() {
    return Stream.of(
            "",
            "GET",
            "GET /slow HTTP/1.1\r\n",
            "GET /slow HTTP/1.1\r\nHost: a\r\nX: ",
            HostileInput.request("POST /slow", "Content-Length: 10") + "ab",
            HostileInput.request("POST /slow", "Transfer-Encoding: chunked") + "a\r\nab",
            HostileInput.request("POST /slow", "Transfer-Encoding: chunked"),
            HostileInput.request("POST /v1/background", "Content-Length: 10") + "ab",
            HostileInput.request(
                    "POST /slow",
                    "erp-api-background: none",
                    "Content-Length: 10",
                    "Authorization: Bearer " + TOKENS.good("hostile"))
                + "ab",
            HostileInput.request("GET /slow"),
            "\u0016\u0003\u0001\u0002\u0000\u0001")
        .map(begun -> Arguments.argumentSet("'" + printable(begun) + "'", begun));
  }

  @Order(2)
  @Test
  void closesConnectionWithSlowHeaders() throws Exception {
    long begun = System.nanoTime();
    try (var socket = connect()) {
      socket.setSoTimeout(100);
      var out = socket.getOutputStream();
      out.write("GET /slow HTTP/1.1\r\nHost: a\r\nX: ".getBytes(ISO_8859_1));
      boolean open = true;
      while (open) {
        assertThat(System.nanoTime() - begun).isLessThan(SLOW_MILLIS_MAX * 1_000_000L);
        try {
          open = socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException nothingYet) {
          out.write('x');
        } catch (IOException closed) {
          open = false;
        }
      }
    } catch (SocketException closed) {
      // Closed between two bytes.
    }
    assertThat(gateway.api().received("/slow")).extracting(Received::method).doesNotContain("POST");
  }

  @Order(3)
  @Test
  void streamsChunkOfTwoGibibytes() throws Exception {
    var head =
        List.of(
            HostileInput.request("GET /health/live", "Transfer-Encoding: chunked"),
            HostileInput.request("POST /v1/background", "Transfer-Encoding: chunked"),
            HostileInput.request(
                "POST /chunk",
                "erp-api-background: none",
                "Transfer-Encoding: chunked",
                "Authorization: Bearer " + hostile.token()));
    for (String each : head) {
      try (var socket = connect()) {
        var out = socket.getOutputStream();
        out.write((each + "7fffffff\r\n").getBytes(ISO_8859_1));
        byte[] piece = new byte[1 << 20];
        for (int sent = 0; sent < 300; sent++) {
          out.write(piece);
        }
      } catch (SocketException closed) {
        // The gateway closed the connection early.
      }
      assertThat(gateway.process().alive()).isTrue();
    }
    assertThat(victim.get("/after-the-chunk").status()).isEqualTo(200);
  }

  @Order(4)
  @Test
  void servesBesideIdleConnections() throws Exception {
    var idle = new ArrayList<Socket>();
    try {
      for (int each = 0; each < IDLE_CONNECTIONS; each++) {
        idle.add(connect());
      }
      assertThat(victim.get("/beside-idle").status()).isEqualTo(200);
      victim.awaitEnd(victim.begin("/beside-idle"));
      for (Socket each : idle) {
        readToEnd(each);
      }
    } finally {
      for (Socket each : idle) {
        each.close();
      }
    }
  }

  @Order(5)
  @Test
  @DisplayName("after all hostile inputs, operations are unchanged and the gateway serves")
  void isUnchangedAfterwards() throws Exception {
    assertThat(gateway.api().received("/smuggled")).isEmpty();
    assertThat(gateway.process().lines().toString()).doesNotContain("OutOfMemoryError", " ERROR ");
    assertThat(ids(hostile)).isEqualTo(OWN_IDS);
    assertThat(victim.stateOf(ofVictim.id()).state()).isEqualTo(ofVictim);
    var content = victim.contentOf(ofVictim.id());
    assertThat(content.text()).isEqualTo("{}");
    assertThat(content.header("X-Content-Type-Options")).isEqualTo("nosniff");
    var id = victim.begin("/afterwards");
    assertThat(victim.awaitEnd(id).statusCode()).isEqualTo(200);
    assertThat(victim.post("/afterwards", "body").text()).isEqualTo("body");
    assertThat(ids(victim)).hasSize(3).contains(id, ofVictim.id());
    assertThat(heapBytesUsed()).isLessThan(heapBytesBefore + HEAP_GROWTH_BYTES_MAX);
  }

  private static Set<String> ids(Http caller) throws Exception {
    var ids = new HashSet<String>();
    caller.get("/v1/background?limit=200").page().items().forEach(item -> ids.add(item.id()));
    return ids;
  }

  private static long heapBytesUsed() throws Exception {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var collection =
        new ProcessBuilder(jcmd, Long.toString(gateway.process().pid()), "GC.run")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(collection.waitFor()).isZero();
    var metrics = gateway.http().as(OPERATOR).get("/metrics").text();
    return HEAP.matcher(metrics)
        .results()
        .mapToLong(line -> (long) Double.parseDouble(line.group(1)))
        .sum();
  }

  private static Socket connect() throws IOException {
    var url = gateway.url();
    var socket = new Socket(url.getHost(), url.getPort());
    socket.setSoTimeout(SLOW_MILLIS_MAX);
    return socket;
  }

  private static void readToEnd(Socket socket) throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (SocketException reset) {
      // Closed with bytes unread.
    }
  }
}
