package dev.backlane.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
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

/// What happens to calls while the disk is full, and afterwards: on a disk of 96 MiB of which a ballast file takes a part.
@Timeout(120)
final class FullDiskTest {
  private static final int DISK_MEBIBYTES = 96;
  private static final int BALLAST_MEBIBYTES = 60;

  /// Around the size up to which a body travels in the store's own records.
  private static final List<Integer> BODY_BYTES = List.of(60 * 1024, 64 * 1024, 70 * 1024);

  private static final int CALLERS = 8;

  /// Refusals in a row after which a caller takes the disk for full.
  private static final int REFUSALS = 10;

  /// Room for a few calls, and not for all that the store has to write when it begins anew.
  private static final int TOO_LITTLE_MEBIBYTES = 5;

  /// Looks of 1 s each, at most one try of the store between two.
  private static final int LOOKS = 4;

  private static final Duration RECOVERS_WITHIN = Duration.ofSeconds(20);
  private static final String NO_WATERMARK =
      "limits: { disk-free-min: 0B }\nexecution: { concurrency: 4 }\n";

  /// Tries a call again and again while there is no room for its answer.
  private static final String PATIENT =
      "limits: { disk-free-min: 0B }\nexecution: { max-attempts: 100, backoff-max: 1s }\n";

  private static final String WATERMARK =
      "limits: { disk-free-min: 32MiB }\nexecution: { concurrency: 4 }\n";

  private SmallDisk disk;

  @BeforeEach
  void mounts() {
    disk = SmallDisk.mounted(DISK_MEBIBYTES);
  }

  @AfterEach
  void unmounts() {
    disk.close();
  }

  private Stand stand(String settings) {
    return Stand.openOn(disk.folder().resolve("data"), settings);
  }

  @Test
  void refusesWhileTheDiskIsFullAndGoesOnByItselfOnceItIsNot() throws Exception {
    try (var stand = stand(NO_WATERMARK)) {
      stand.api().on("/job", RecordingApi.answering(200, "done"));
      disk.load(BALLAST_MEBIBYTES);
      var load = submitUntilRefused(stand, BODY_BYTES);
      assertThat(load.accepted()).as("accepted before the disk was full").hasSizeGreaterThan(50);
      assertUnready(stand.http(), "store-unavailable");

      disk.unload();
      awaitReady(stand.http());
      var later = submit(stand, "POST", BODY_BYTES.getFirst());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      var all = new HashSet<>(load.accepted());
      all.add(later.accepted().id());
      assertAllFinish(all, stand.http());

      stand.crash();
      stand.restart();
      assertAllFinish(all, stand.http());
    }
  }

  @Test
  void answersReadsWhileThereIsTooLittleRoomToGoOn() throws Exception {
    try (var stand = stand(NO_WATERMARK)) {
      var released = new CountDownLatch(1);
      stand
          .api()
          .on(
              "/held",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      disk.load(BALLAST_MEBIBYTES);
      var http = stand.http();
      var held = http.post("/held", "x", "erp-api-background", "none").accepted().id();
      var load = submitUntilRefused(stand, List.of(60 * 1024));
      disk.unload(TOO_LITTLE_MEBIBYTES);
      for (int look = 0; look < LOOKS; look++) {
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
  void losesNothingWhenItIsKilledWhileTheDiskIsFull() throws Exception {
    try (var stand = stand(NO_WATERMARK)) {
      var released = new CountDownLatch(1);
      stand
          .api()
          .on(
              "/job",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      disk.load(BALLAST_MEBIBYTES);
      var load = submitUntilRefused(stand, BODY_BYTES);
      stand.crash();
      released.countDown();
      disk.unload();
      stand.restart();
      assertAllEnd(load.accepted(), stand.http());

      var later = submit(stand, "POST", BODY_BYTES.getLast());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      assertAllFinish(Set.of(later.accepted().id()), stand.http());
    }
  }

  @Test
  void saysOfAnAnswerThatDidNotFitWhatItWas() throws Exception {
    try (var stand = stand(PATIENT)) {
      var both = new CountDownLatch(2);
      var released = new CountDownLatch(1);
      byte[] large = noise(new Random(1), 4 << 20);
      stand
          .api()
          .on(
              "/job",
              (_, client) -> {
                both.countDown();
                released.await();
                RecordingApi.send(client, 200, large);
              });
      var post = submit(stand, "POST", 10).accepted().id();
      var put = submit(stand, "PUT", 10).accepted().id();
      both.await();
      disk.loadUpTo(2);
      released.countDown();
      assertThat(stand.http().get("/v1/background/" + put + "?wait=3").state().finishedUtc())
          .as("there is no room for its answer")
          .isNull();
      disk.unload();

      assertThat(stand.http().awaitEnd(post).errorMessage())
          .startsWith(
              "Outcome unknown: the upstream responded with 200, and the gateway could not");
      assertAllFinish(Set.of(put), stand.http());
      assertThat(stand.http().get("/v1/background/" + put + "/content").body()).isEqualTo(large);
    }
  }

  @Test
  void refusesBeforeTheDiskIsFullSoThatWhatWasAcceptedEnds() throws Exception {
    try (var stand = stand(WATERMARK)) {
      var released = new CountDownLatch(1);
      stand
          .api()
          .on(
              "/job",
              (_, client) -> {
                released.await();
                RecordingApi.send(client, 200, new byte[0]);
              });
      disk.loadUpTo(50);
      var load = submitUntilRefused(stand, BODY_BYTES);
      assertThat(disk.freeBytes()).as("kept free").isGreaterThan(16L << 20);
      assertThat(listed(stand.http()))
          .as("nothing that was refused is stored")
          .isEqualTo(load.accepted());
      assertUnready(stand.http(), "disk-full");

      released.countDown();
      assertAllFinish(load.accepted(), stand.http());

      disk.unload();
      awaitReady(stand.http());
      var later = submit(stand, "POST", BODY_BYTES.getFirst());
      assertThat(later.status()).as(later.text()).isEqualTo(202);
      assertAllFinish(Set.of(later.accepted().id()), stand.http());
    }
  }

  /// What came of a load: ids.
  private record Load(Set<String> accepted) {}

  /// Submits with several callers until each is refused many times in a row.
  private static Load submitUntilRefused(Stand stand, List<Integer> sizes) throws Exception {
    var token = stand.token(Stand.CLIENT, Stand.TENANT, Stand.CLIENT);
    var callers = new ArrayList<Callable<List<String>>>();
    for (int caller = 0; caller < CALLERS; caller++) {
      var random = new Random(caller);
      callers.add(() -> {
        var accepted = new ArrayList<String>();
        try (var line = new Line(stand.gateway().url())) {
          for (int refused = 0; refused < REFUSALS; ) {
            int bytes = sizes.get(random.nextInt(sizes.size()));
            var answer = line.send(Line.call("POST", "/job", token, noise(random, bytes)));
            if (answer.status() == 202) {
              accepted.add(answer.accepted().id());
              refused = 0;
            } else {
              assertRefused(answer);
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

  /// What no compression makes smaller.
  private static byte[] noise(Random random, int bytes) {
    byte[] noise = new byte[bytes];
    random.nextBytes(noise);
    return noise;
  }

  private static Http.Answer submit(Stand stand, String method, int bytes) throws Exception {
    return stand
        .http()
        .send(method, "/job", noise(new Random(bytes), bytes), "erp-api-background", "none");
  }

  private static void assertRefused(Http.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).as("Retry-After").matches("[1-9]\\d*");
    assertThat(answer.problem()).isEqualTo("overloaded");
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
    } catch (IOException unanswered) {
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

  /// All end; what the API had when the process was killed may end as unknown.
  private static void assertAllEnd(Collection<String> ids, Http http) throws Exception {
    for (var id : ids) {
      var state = http.awaitEnd(id);
      if (state.phase() != Phase.FINISHED) {
        assertThat(state.errorMessage()).startsWith("Outcome unknown");
      }
    }
  }

  /// The ids of all operations that the gateway knows.
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
