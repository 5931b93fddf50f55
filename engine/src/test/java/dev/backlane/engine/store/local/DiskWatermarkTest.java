package dev.backlane.engine.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.failure.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Uses the disk of the machine's temporary files. The system tests cover a disk that fills up.
final class DiskWatermarkTest {
  private static final long TEBIBYTE = 1L << 40;

  @TempDir private Path folder;

  private long free() throws Exception {
    return Files.getFileStore(folder).getUsableSpace();
  }

  private Optional<String> refusal(long freeBytesMin) {
    return DiskWatermark.of(folder, Optional.of(freeBytesMin)).refusal();
  }

  @Test
  void acceptsWhileMoreThanTheLimitIsFree() throws Exception {
    assertThat(refusal(free() / 2)).isEmpty();
  }

  @Test
  void acceptsAlwaysWithALimitOfZero() {
    assertThat(refusal(0)).isEmpty();
  }

  @Test
  void refusesBelowTheLimitAndNamesDiskAndLimit() throws Exception {
    long wanted = free() + TEBIBYTE;
    assertThat(refusal(wanted))
        .hasValueSatisfying(why ->
            assertThat(why)
                .contains(
                    folder.toString(),
                    "less than the " + (wanted >> 20) + " MiB of limits.disk-free-min",
                    "free some space"));
  }

  @Test
  void reusesARecentMeasurement() throws Exception {
    var refusing = DiskWatermark.of(folder, Optional.of(free() + TEBIBYTE));
    assertThat(refusing.refusal()).isPresent().isEqualTo(refusing.refusal());
    var open = DiskWatermark.of(folder, Optional.of(0L));
    assertThat(open.refusal()).isEmpty();
    assertThat(open.refusal()).isEmpty();
  }

  @Test
  void defaultLimitIsOneGibibyteOrFivePercent() throws Exception {
    long total = Files.getFileStore(folder).getTotalSpace();
    long kept = Math.min(DiskSpace.FREE_BYTES_MIN, total / 20);
    var byDefault = DiskWatermark.of(folder, Optional.empty());
    assertThat(byDefault.refusal().isEmpty()).isEqualTo(free() >= kept);
  }

  @Test
  void refusesAMissingDirectory() {
    var missing = folder.resolve("missing");
    assertThatThrownBy(() -> DiskWatermark.of(missing, Optional.of(0L)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(missing.toString());
  }
}
