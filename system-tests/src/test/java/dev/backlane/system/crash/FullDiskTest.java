package dev.backlane.system.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Calls while the disk is full and afterwards, on a disk of 96 MiB with a ballast file, which is
/// there before the gateway starts: a gateway reserves space for its log if there is enough.
@Timeout(120)
final class FullDiskTest {
  private static final int DISK_MEBIBYTES = 96;
  private static final int BALLAST_MEBIBYTES = 60;

  /// Sizes below, at and above the limit up to which a body is stored inside a record.
  private static final List<Integer> BODY_BYTES = List.of(60 * 1024, 64 * 1024, 70 * 1024);

  private static final int CALLERS = 8;

  /// A caller considers the disk full after this many refusals in a row.
  private static final int REFUSALS = 10;

  /// Enough for a few calls, but not for what the store writes when it reopens.
  private static final int TOO_LITTLE_MEBIBYTES = 5;

  /// The number of checks, 1 s apart. The store tries to reopen at most once between two checks.
  private static final int CHECKS = 4;

  private static final Duration RECOVERS_WITHIN = Duration.ofSeconds(20);
  private static final String NO_WATERMARK =
      "limits: { disk-free-min: 0B }\nexecution: { concurrency: 4 }\n";

  /// Lets the gateway repeat a call until there is space for its response.
  private static final String MANY_ATTEMPTS =
      "limits: { disk-free-min: 0B }\nexecution: { max-attempts: 100, backoff-max: 1s }\n";

  private static final String WATERMARK =
      "limits: { disk-free-min: 32MiB }\nexecution: { concurrency: 4 }\n";

  private SmallDisk disk;

  @BeforeEach
  void mount() {
    disk = SmallDisk.mounted(DISK_MEBIBYTES);
  }

  @AfterEach
  void unmount() {
    disk.close();
  }

  private TestGateway gateway(String settings) {
    return TestGateway.with(settings).dataFolder(disk.folder().resolve("data")).start();
  }

  @Test
  void refusesOnFullDiskAndRecovers() throws Exception {
    disk.load(BALLAST_MEBIBYTES);
    try (var gateway = gateway(NO_WATERMARK)) {
      gateway.api().on("/job", RecordingApi.responding(200, "done"));
      var load = submitUntilRefused(gateway, BODY_BYTES);
      assertThat(load.accepted()).as("accepted before the disk was full").hasSizeGreaterThan(50);
      assertUnready(gateway.http(), "store-unavailable");

      disk.unload();
      awaitReady(gateway.http());
      var later = submit(gateway, "POST", BODY_BYTES.getFirst());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      var all = new HashSet<>(load.accepted());
      all.add(later.accepted().id());
      assertAllFinish(all, gateway.http());

      gateway.crash();
      gateway.restart();
      assertAllFinish(all, gateway.http());
    }
  }

  @Test
  void servesReadsWhileSpaceIsTooLow() throws Exception {
    disk.load(BALLAST_MEBIBYTES);
    try (var gateway = gateway(NO_WATERMARK)) {
      var released = new CountDownLatch(1);
      gateway
          .api()
          .on(
              "/held",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      var http = gateway.http();
      var held = http.post("/held", "x", "erp-api-background", "none").accepted().id();
      var load = submitUntilRefused(gateway, List.of(60 * 1024));
      disk.unload(TOO_LITTLE_MEBIBYTES);
      for (int check = 0; check < CHECKS; check++) {
        assertUnready(http, "store-unavailable");
        var state = http.get("/v1/background/" + held + "?wait=1");
        assertThat(state.status()).as(state.text()).isEqualTo(200);
      }

      disk.unload();
      awaitReady(http);
      released.countDown();
      assertAllFinish(load.accepted(), http);
      assertAllFinish(Set.of(held), http);
    }
  }

  @Test
  void losesNothingWhenKilledOnFullDisk() throws Exception {
    disk.load(BALLAST_MEBIBYTES);
    try (var gateway = gateway(NO_WATERMARK)) {
      var released = new CountDownLatch(1);
      gateway
          .api()
          .on(
              "/job",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      var load = submitUntilRefused(gateway, BODY_BYTES);
      gateway.crash();
      released.countDown();
      disk.unload();
      gateway.restart();
      assertAllEnd(load.accepted(), gateway.http());

      var later = submit(gateway, "POST", BODY_BYTES.getLast());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      assertAllFinish(Set.of(later.accepted().id()), gateway.http());
    }
  }

  @Test
  void reportsStatusOfResponseThatDidNotFit() throws Exception {
    try (var gateway = gateway(MANY_ATTEMPTS)) {
      var both = new CountDownLatch(2);
      var released = new CountDownLatch(1);
      byte[] large = noise(new Random(1), 4 << 20);
      gateway
          .api()
          .on(
              "/job",
              (_, client) -> {
                both.countDown();
                released.await();
                RecordingApi.send(client, 200, large);
              });
      var post = submit(gateway, "POST", 10).accepted().id();
      var put = submit(gateway, "PUT", 10).accepted().id();
      both.await();
      disk.loadUpTo(2);
      released.countDown();
      assertThat(gateway.http().get("/v1/background/" + put + "?wait=3").state().finishedUtc())
          .as("there is no space for its response")
          .isNull();
      disk.unload();

      assertThat(gateway.http().awaitEnd(post).errorMessage())
          .startsWith(
              "Outcome unknown: the upstream responded with 200, and the gateway could not");
      assertAllFinish(Set.of(put), gateway.http());
      assertThat(gateway.http().get("/v1/background/" + put + "/content").body()).isEqualTo(large);
    }
  }

  @Test
  void refusesBeforeDiskIsFullSoThatAcceptedCallsEnd() throws Exception {
    disk.loadUpTo(50);
    try (var gateway = gateway(WATERMARK)) {
      var released = new CountDownLatch(1);
      gateway
          .api()
          .on(
              "/job",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      var load = submitUntilRefused(gateway, BODY_BYTES);
      assertThat(disk.freeBytes()).as("kept free").isGreaterThan(16L << 20);
      assertThat(listed(gateway.http())).as("no refused call is stored").isEqualTo(load.accepted());
      assertUnready(gateway.http(), "disk-full");

      released.countDown();
      assertAllFinish(load.accepted(), gateway.http());

      disk.unload();
      awaitReady(gateway.http());
      var later = submit(gateway, "POST", BODY_BYTES.getFirst());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      assertAllFinish(Set.of(later.accepted().id()), gateway.http());
    }
  }

  /// The result of a load: the ids of accepted operations.
  private record Load(Set<String> accepted) {}

  /// Submits with several callers until each is refused many times in a row.
  private static Load submitUntilRefused(TestGateway gateway, List<Integer> sizes)
      throws Exception {
    var token = gateway.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
    var callers = new ArrayList<Callable<List<String>>>();
    for (int caller = 0; caller < CALLERS; caller++) {
      var random = new Random(caller);
      callers.add(() -> {
        var accepted = new ArrayList<String>();
        try (var line = new GatewayConnection(gateway.url())) {
          for (int refused = 0; refused < REFUSALS; ) {
            int bytes = sizes.get(random.nextInt(sizes.size()));
            var response =
                line.send(GatewayConnection.call("POST", "/job", token, noise(random, bytes)));
            if (response.status() == 202) {
              accepted.add(response.accepted().id());
              refused = 0;
            } else {
              assertRefused(response);
              refused++;
            }
          }
        }
        return accepted;
      });
    }
    var all = new HashSet<String>();
    try (var threads = Executors.newFixedThreadPool(CALLERS)) {
      for (var accepted : threads.invokeAll(callers)) {
        all.addAll(accepted.get());
      }
    }
    return new Load(all);
  }

  /// Bytes that cannot be compressed.
  private static byte[] noise(Random random, int bytes) {
    byte[] noise = new byte[bytes];
    random.nextBytes(noise);
    return noise;
  }

  private static Http.Response submit(TestGateway gateway, String method, int bytes)
      throws Exception {
    return gateway
        .http()
        .send(method, "/job", noise(new Random(bytes), bytes), "erp-api-background", "none");
  }

  private static void assertRefused(Http.Response response) {
    assertThat(response.status()).as(response.text()).isEqualTo(503);
    assertThat(response.header("Retry-After")).as("Retry-After").matches("[1-9]\\d*");
    assertThat(response.problem()).isEqualTo("overloaded");
  }

  private static void assertUnready(Http http, String reason) throws Exception {
    var health = http.get("/health/ready");
    assertThat(health.status()).as(health.text()).isEqualTo(503);
    assertThat(health.json()).containsEntry("reason", reason);
    assertThat(http.get("/health/live").status()).isEqualTo(200);
  }

  private static void awaitReady(Http http) throws Exception {
    var ready = new CountDownLatch(1);
    try (var timer = Executors.newSingleThreadScheduledExecutor()) {
      var looking =
          timer.scheduleWithFixedDelay(
              () -> {
                if (isReady(http)) {
                  ready.countDown();
                }
              },
              0,
              200,
              TimeUnit.MILLISECONDS);
      boolean recovered = ready.await(RECOVERS_WITHIN.toSeconds(), TimeUnit.SECONDS);
      looking.cancel(false);
      assertThat(recovered).as(http.get("/health/ready").text()).isTrue();
    }
  }

  private static boolean isReady(Http http) {
    try {
      return http.get("/health/ready").status() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void assertAllFinish(Collection<String> ids, Http http) throws Exception {
    for (var id : ids) {
      var state = http.awaitEnd(id);
      assertThat(state.phase()).as(state.errorMessage()).isEqualTo(Phase.FINISHED);
    }
  }

  /// Asserts that all end; calls that were in flight at the kill may end as unknown.
  private static void assertAllEnd(Collection<String> ids, Http http) throws Exception {
    for (var id : ids) {
      var state = http.awaitEnd(id);
      if (state.phase() != Phase.FINISHED) {
        assertThat(state.errorMessage()).startsWith("Outcome unknown");
      }
    }
  }

  /// The ids of all operations in the list.
  private static Set<String> listed(Http http) throws Exception {
    var ids = new HashSet<String>();
    String cursor = "";
    do {
      var page = http.get("/v1/background?limit=200" + cursor).page();
      page.items().forEach(state -> ids.add(state.id()));
      cursor = page.nextCursor() == null ? "" : "&cursor=" + page.nextCursor();
    } while (!cursor.isEmpty());
    return ids;
  }
}
