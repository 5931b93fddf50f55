package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.app.wiring.Storage;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DiskWatermark;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.store.postgres.PostgresProbe;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import dev.backlane.store.rocksdb.database.StoreLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/// The store: its directory, or its database, and the disk below it. The store itself is not
/// opened, since that would lock it.
record StoreCheck(Config config, InstantSource clock) implements Check {
  /// Each accepted call waits for one write to be durable, together with others.
  private static final Duration SLOW = Duration.ofMillis(100);

  private static final int TRIAL_BYTES = 4096;

  @Override
  public void run(Findings findings) {
    switch (config.store()) {
      case StoreSection.Memory _ ->
          findings.warn(
              "store.kind memory: operations are lost when the gateway stops",
              "set store.kind: rocksdb or postgres");
      case StoreSection.RocksDb embedded -> embedded(embedded, findings);
      case StoreSection.Postgres postgres -> database(postgres, findings);
    }
    config.spool().ifPresent(spool -> spool(spool.path(), findings));
  }

  /// Whether a process uses the store.
  boolean inUse() {
    return config.store() instanceof StoreSection.RocksDb embedded
        && holder(embedded.path()).isPresent();
  }

  private static OptionalLong holder(Path directory) {
    return Files.exists(directory) ? StoreLock.holder(directory) : OptionalLong.empty();
  }

  private void embedded(StoreSection.RocksDb embedded, Findings findings) {
    var path = embedded.path();
    if (Files.notExists(path)) {
      Permissions.obstacleToWriting(path)
          .ifPresentOrElse(
              findings::fail,
              () -> findings.ok(path + " does not exist; the first start creates it"));
    } else if (!Files.isDirectory(path)) {
      findings.fail(path + " is not a directory", "set another store.path");
      return;
    } else if (!Files.isReadable(path) || !Files.isWritable(path) || !Files.isExecutable(path)) {
      findings.fail(path + " cannot be read and written by this user", Permissions.ownership(path));
      return;
    } else {
      existing(embedded, findings);
    }
    disk(path, findings.of("disk"));
  }

  private void existing(StoreSection.RocksDb embedded, Findings findings) {
    var path = embedded.path();
    if (Permissions.openToOthers(path)) {
      findings.warn(path + " can be read by other users", "run: chmod 700 " + path);
    }
    try {
      boolean fresh = StoreDirectory.prepare(path).fresh();
      var holder = holder(path);
      if (holder.isPresent()) {
        findings.ok(
            path
                + " is in use by "
                + (holder.getAsLong() == 0
                    ? "a running gateway"
                    : "process " + holder.getAsLong()));
      } else {
        findings.ok(path + (fresh ? " is empty; the first start uses it" : " has a store"));
      }
      if (embedded.masterKeys().isEmpty() && !fresh) {
        masterKey(Storage.masterKeyFile(path), findings);
      }
    } catch (StoreException unusable) {
      findings.fail(String.valueOf(unusable.getMessage()));
    }
  }

  private static void masterKey(Path file, Findings findings) {
    if (Files.notExists(file)) {
      findings.fail(
          file + " is missing, so that encrypted data cannot be read",
          "restore it from its backup, or set the key as store.master-key");
      return;
    }
    try {
      // The file exists, so no key is created.
      var _ = MasterKey.loadOrCreate(file);
      findings.ok(file + " is a master key");
    } catch (MasterKeyException unusable) {
      findings.fail(String.valueOf(unusable.getMessage()));
    }
  }

  private static void spool(Path path, Findings findings) {
    Path folder = Permissions.nearestExisting(path);
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      findings.warn(
          "the spool directory "
              + path
              + " cannot be written, so that responses are lost if they"
              + " arrive while the store is unavailable",
          Permissions.ownership(folder) + ", or set store.spool-path");
    }
  }

  private void disk(Path store, Findings findings) {
    Path folder = Permissions.nearestExisting(store);
    try {
      var refusal = DiskWatermark.of(folder, config.limits().diskFreeBytesMin()).refusal();
      if (refusal.isPresent()) {
        findings.fail(refusal.get());
        return;
      }
      long free = Files.getFileStore(folder).getUsableSpace();
      if (!Files.isWritable(folder)) {
        return; // Reported as a problem of the store.
      }
      var took = writeDurably(folder);
      var what =
          (free >> 30)
              + " GiB free; a write to "
              + folder
              + " is durable in "
              + took.toMillis()
              + " ms";
      if (took.compareTo(SLOW) > 0) {
        findings.warn(what, "use a faster disk, since each accepted call waits for such a write");
      } else {
        findings.ok(what);
      }
    } catch (IOException | StoreException failed) {
      findings.fail(
          "a file in " + folder + " cannot be written and flushed: " + failed.getMessage(),
          "check the disk and the quota of this user, or set another store.path");
    }
  }

  private static Duration writeDurably(Path folder) throws IOException {
    var file = folder.resolve("trial-" + ProcessHandle.current().pid() + ".tmp");
    try (var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      long begun = System.nanoTime();
      var bytes = ByteBuffer.allocate(TRIAL_BYTES);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      return Duration.ofNanos(System.nanoTime() - begun);
    }
  }

  private void database(StoreSection.Postgres postgres, Findings findings) {
    try {
      var probe = PostgresProbe.run(postgres.database(), clock);
      findings.ok(
          postgres.database().url()
              + " is PostgreSQL "
              + probe.serverVersion()
              + (probe.empty() ? "; the first start creates the tables" : " with the tables"));
      probe.warnings().forEach(each -> findings.warn(each.what(), each.fix()));
      ClockReport.report(probe.ahead(), "the database", findings);
    } catch (StoreException unusable) {
      findings.fail(String.valueOf(unusable.getMessage()));
    }
  }
}
