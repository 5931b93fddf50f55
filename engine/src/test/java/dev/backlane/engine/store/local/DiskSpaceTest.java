package dev.backlane.engine.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DiskSpaceTest {
  private static final long MIB = 1L << 20;
  private static final long LIMIT = 80 * MIB;

  /// Free bytes of the disk.
  private final AtomicLong free = new AtomicLong(180 * MIB);

  private final DiskSpace space = space(LIMIT, true);

  private DiskSpace space(long limit, boolean manyTenants) {
    return new DiskSpace(Path.of("/data"), free::get, limit, manyTenants);
  }

  private void write(DiskSpace.Use use, long bytes) {
    use.require(bytes);
    free.addAndGet(-bytes);
    use.written(bytes);
  }

  private static void assertFull(Runnable taking, boolean ofTenant) {
    assertThatThrownBy(taking::run)
        .isInstanceOfSatisfying(
            StoreException.NoSpace.class, full -> assertThat(full.ofTenant()).isEqualTo(ofTenant))
        .hasMessageContaining("/data")
        .hasMessageContaining("limits.disk-free-min");
  }

  @Test
  void reservesDeclaredLengthsBeforeTheyAreWritten() {
    try (var first = space.ofRequest("a")) {
      first.expect(60 * MIB);
      try (var second = space.ofRequest("b")) {
        assertFull(() -> second.expect(41 * MIB), false);
        second.expect(30 * MIB);
      }
      write(first, 60 * MIB);
      assertThat(free.get()).isEqualTo(120 * MIB);
    }
  }

  @Test
  void reservesUnknownLengthsPieceByPiece() {
    var uses = new ArrayList<DiskSpace.Use>();
    for (int tenant = 0; tenant < 10; tenant++) {
      uses.add(space.ofRequest("tenant-" + tenant));
    }
    assertThatThrownBy(
            () -> {
              for (int round = 0; round < 1_000; round++) {
                uses.forEach(use -> write(use, MIB / 4));
              }
            })
        .isInstanceOf(StoreException.NoSpace.class);
    assertThat(free.get()).isBetween(LIMIT, LIMIT + 20 * MIB);
  }

  @Test
  void requestsAtTheSameTimeStayAboveTheLimit() throws Exception {
    var uploads = new ArrayList<Callable<Void>>();
    for (int i = 0; i < 40; i++) {
      var tenant = "tenant-" + i % 4;
      boolean declared = i % 2 == 0;
      uploads.add(() -> {
        try (var use = space.ofRequest(tenant)) {
          if (declared) {
            use.expect(20 * MIB);
          }
          for (int piece = 0; piece < 80; piece++) {
            write(use, MIB / 4);
          }
        } catch (StoreException.NoSpace refused) {
          // Expected of most.
        }
        return null;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var upload : threads.invokeAll(uploads)) {
        upload.get();
      }
    }
    assertThat(free.get()).isBetween(LIMIT, 160 * MIB);
  }

  @Test
  void checksTheDiskWhileARequestIsWritten() {
    try (var use = space.ofRequest("a")) {
      use.expect(50 * MIB);
      write(use, 2 * MIB);
      // Another process fills the disk.
      free.set(LIMIT - 1);
      assertFull(() -> write(use, MIB), false);
    }
  }

  @Test
  void tenantLeavesSpaceToOthers() {
    try (var first = space.ofRequest("a");
        var second = space.ofRequest("a");
        var other = space.ofRequest("b")) {
      first.expect(80 * MIB);
      assertFull(() -> second.expect(10 * MIB), true);
      // Written or not, it is taken.
      write(first, 80 * MIB);
      assertFull(() -> second.expect(10 * MIB), true);
      other.expect(10 * MIB);
    }
  }

  @Test
  void callersOfOneTenantUseAll() {
    try (var use = space(LIMIT, false).ofRequest("a")) {
      use.expect(100 * MIB);
    }
  }

  @Test
  void endedBodyReturnsWhatItReserved() {
    for (int i = 0; i < 100; i++) {
      try (var use = space.ofRequest("a")) {
        use.expect(80 * MIB);
        write(use, 10 * MIB);
      }
      free.set(180 * MIB);
    }
  }

  @Test
  void responsesUseMostOfTheLimit() {
    free.set(LIMIT);
    try (var request = space.ofRequest("a");
        var response = space.ofResponse("a");
        var second = space.ofResponse("b")) {
      assertFull(() -> request.require(1), false);
      response.expect(60 * MIB);
      assertFull(() -> second.expect(11 * MIB), false);
      second.expect(8 * MIB);
      write(response, 60 * MIB);
    }
  }

  @Test
  void checksNothingWithALimitOfZero() {
    free.set(0);
    try (var use = space(0, true).ofRequest("a")) {
      assertThatCode(
              () -> {
                use.expect(10 * MIB);
                use.require(MIB);
                use.written(MIB);
              })
          .doesNotThrowAnyException();
    }
  }

  @Test
  void reportsADiskThatCannotBeMeasured() {
    var broken =
        new DiskSpace(
            Path.of("/data"),
            () -> {
              throw new IOException("stale");
            },
            LIMIT,
            true);
    try (var use = broken.ofRequest("a")) {
      assertThatThrownBy(() -> use.require(1))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the free space of /data cannot be determined: stale");
    }
  }
}
