package dev.backlane.engine.execution.outcomes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolBytesTest {
  private static final long MAX = 800;

  @TempDir private Path directory;
  private FileStore disk;

  @BeforeEach
  void findDisk() throws IOException {
    disk = Files.getFileStore(directory);
  }

  private SpoolBytes bytes(boolean manyTenants) {
    return new SpoolBytes(new SpoolLimits(MAX, 0, manyTenants), disk);
  }

  @Test
  void tenantLeavesAPartToOthers() throws Exception {
    var used = bytes(true);
    var first = used.of("a");
    first.reserve(700);
    assertThatThrownBy(() -> used.of("a").reserve(10)).hasMessageContaining("store.spool-max");
    assertThatThrownBy(() -> used.of("a").check(10)).hasMessageContaining("store.spool-max");
    used.of("b").reserve(80);
    first.release(700);
    assertThat(used.used()).isEqualTo(80);
    used.of("a").reserve(600);
  }

  @Test
  void callersOfOneTenantUseAll() throws Exception {
    var used = bytes(false);
    used.of("a").reserve(MAX);
    assertThatThrownBy(() -> used.of("b").reserve(1)).hasMessageContaining("store.spool-max");
  }

  @Test
  void outcomesUseWhatResponsesLeave() throws Exception {
    var used = bytes(true);
    used.of("a").reserve(700);
    used.reserve(100);
    assertThatThrownBy(() -> used.reserve(1)).hasMessageContaining("store.spool-max");
  }

  @Test
  void responsesLeaveFreeSpaceOnTheDisk() throws Exception {
    long tooMuch = disk.getTotalSpace() + 1;
    var used = new SpoolBytes(new SpoolLimits(MAX, tooMuch, true), disk);
    assertThatThrownBy(() -> used.of("a").reserve(1)).hasMessageContaining("limits.disk-free-min");
    // Records of outcomes are small, and have no other place.
    used.reserve(1);
    assertThat(used.used()).isEqualTo(1);
  }
}
