package dev.backlane.gateway.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.store.testkit.SettableClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reading the end of the audit log.
final class AuditLogTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  @TempDir private Path folder;

  private final SettableClock clock = new SettableClock(NOW);

  private Path file() {
    return folder.resolve("audit.jsonl");
  }

  @Test
  void returnsTheLastActionsNewestFirst() {
    try (var log = AuditLog.open(Optional.of(file()), clock)) {
      assertThat(log.last(10)).isEmpty();
      for (var target : new String[] {"a", "b", "c"}) {
        log.record(new Operator("ola"), "192.0.2.7", "subscription.rotate", target);
      }

      assertThat(log.file()).contains(file());
      assertThat(log.last(2)).extracting(AuditLog.Entry::target).containsExactly("c", "b");
      assertThat(log.last(10).getLast())
          .isEqualTo(new AuditLog.Entry(NOW, "ola", "192.0.2.7", "subscription.rotate", "a"));
    }
  }

  @Test
  void ignoresLinesThatAreNotComplete() throws Exception {
    try (var log = AuditLog.open(Optional.of(file()), clock)) {
      log.record(new Operator("ola"), "192.0.2.7", "subscription.rotate", "a");
      Files.writeString(file(), "{}\n{\"timeUtc\":\"2026-11", StandardOpenOption.APPEND);

      assertThat(log.last(10)).extracting(AuditLog.Entry::target).containsExactly("a");
    }
  }

  @Test
  void readsOnlyTheEndOfALargeFile() throws Exception {
    Files.writeString(file(), "x".repeat(3_000_000) + "\n");
    try (var log = AuditLog.open(Optional.of(file()), clock)) {
      log.record(new Operator("ola"), "192.0.2.7", "subscription.rotate", "a");

      assertThat(log.last(10)).hasSize(1);
    }
  }

  @Test
  void hasNoActionsWithoutAFile() {
    try (var log = AuditLog.open(Optional.empty(), clock)) {
      log.record(new Operator("ola"), "192.0.2.7", "subscription.rotate", "a");

      assertThat(log.file()).isEmpty();
      assertThat(log.last(10)).isEmpty();
    }
  }
}
