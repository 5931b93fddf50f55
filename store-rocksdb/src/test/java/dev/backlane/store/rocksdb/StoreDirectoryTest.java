package dev.backlane.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.testkit.Samples;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoreDirectoryTest {
  @TempDir Path temporary;
  private Path data;

  @BeforeEach
  void name() {
    data = temporary.resolve("parent/data");
  }

  @Test
  void createsTheDirectoryAccessibleByItsOwnerOnly() throws Exception {
    RocksStore.open(data).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
    assertThat(data.resolve("FORMAT")).hasContent("backlane-rocksdb 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-xr-x", "rwxrwxrwx", "rwxr-x---"})
  void restrictsADirectoryThatOtherUsersCanUse(String permissions) throws Exception {
    Files.createDirectories(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString(permissions));
    RocksStore.open(data).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
  }

  @Test
  void refusesASecondProcessAndTheFirstContinues() {
    var samples = new Samples(InstantSource.system(), 1);
    try (var first = RocksStore.open(data)) {
      refused("is in use by another Backlane process");
      first.operations().accept(samples.queued(), Content.EMPTY, Optional.empty());
    }
    RocksStore.open(data).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"CURRENT", "MANIFEST", ".sst"})
  void detectsATruncatedFile(String which) throws Exception {
    fill();
    try (var files = Files.list(data.resolve("db"))) {
      for (var file :
          files.filter(path -> path.getFileName().toString().contains(which)).toList()) {
        truncate(file, Files.size(file) / 2);
      }
    }
    refused("is damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CURRENT", "MANIFEST", ".sst"})
  void refusesToOpenAStoreWithAMissingFile(String which) throws Exception {
    fill();
    try (var files = Files.list(data.resolve("db"))) {
      for (var file :
          files.filter(path -> path.getFileName().toString().contains(which)).toList()) {
        Files.delete(file);
      }
    }
    refused("is damaged");
  }

  @Test
  void refusesALaterFormat() throws Exception {
    RocksStore.open(data).close();
    Files.writeString(data.resolve("FORMAT"), "backlane-rocksdb 4\n");
    refused("format 4 of a later version");
  }

  @Test
  void refusesAnInvalidFormatFile() throws Exception {
    RocksStore.open(data).close();
    Files.writeString(data.resolve("FORMAT"), "junk");
    refused("FORMAT file is invalid");
  }

  @Test
  void refusesAForeignDirectoryAndChangesNothing() throws Exception {
    Files.createDirectories(data);
    Files.writeString(data.resolve("notes.txt"), "mine");
    refused("not empty and not a store");
    try (var files = Files.list(data)) {
      assertThat(files).containsExactly(data.resolve("notes.txt"));
    }
  }

  @Test
  void refusesAFileAsDirectory() throws Exception {
    Files.createDirectories(temporary.resolve("parent"));
    Files.writeString(data, "a file");
    refused("is a file");
  }

  @Test
  void deletesUncommittedIncomingFilesOnOpening() throws Exception {
    RocksStore.open(data).close();
    var id = new Samples(InstantSource.system(), 1).queued().id();
    var orphan = data.resolve("bodies/incoming/" + id + ".request.0123456789abcdef");
    Files.writeString(orphan, "half");
    RocksStore.open(data).close();
    assertThat(orphan).doesNotExist();
  }

  private void fill() {
    var samples = new Samples(InstantSource.system(), 1);
    for (int round = 0; round < 2; round++) {
      // The log of the first round is converted to table files when the store is opened again.
      try (var store = RocksStore.open(data)) {
        for (int i = 0; i < 100; i++) {
          store
              .operations()
              .accept(
                  samples.queued(), new Content.Inline(Samples.bytes(2_000, i)), Optional.empty());
        }
      }
    }
  }

  private void refused(String cause) {
    assertThatThrownBy(() -> RocksStore.open(data))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(data.toString())
        .hasMessageContaining(cause)
        .hasMessageMatching("(?s).*(;|:).*");
  }

  private static void truncate(Path file, long bytes) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
  }
}
