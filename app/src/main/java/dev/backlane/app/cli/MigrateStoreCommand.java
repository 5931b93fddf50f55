package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreAccess;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.app.config.sections.StorePlace.WrongPlaceException;
import dev.backlane.app.process.Terminal;
import dev.backlane.app.wiring.MaintenanceStore;
import dev.backlane.app.wiring.StartException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.transfer.Transfer;
import dev.backlane.gateway.seal.KeyRewrapper;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.protocol.Json;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Copies everything from one store to another.
@Command(
    name = "migrate-store",
    customSynopsis =
        "backlane migrate-store --from STORE --to STORE [FILE] [--json] [--SETTING=VALUE]...",
    header = "Copies everything from one store to another, such as from RocksDB to PostgreSQL.",
    description = {
      "",
      "STORE is rocksdb:DIR or postgres:URL. Operations keep their ids, states, contents and times;"
          + " idempotency keys, webhook deliveries, subscriptions and data keys are copied too. The"
          + " copy is read back and compared. The source does not change, and no gateway may use it"
          + " during the copy: stop every gateway first.",
      "",
      "The target must be empty. If the copy is aborted, the target is incomplete and 'serve'"
          + " refuses it; repeating the command clears the target and starts over.",
      "",
      "User and password of a database, and master keys, are read from the file, the BACKLANE_"
          + " variables and the flags: store.user, store.password, store.master-key. The target"
          + " then needs store.master-key or, if unset, the file master.key in its directory. The"
          + " master key of a source in a directory is read from its file master.key. If the source"
          + " has a store.master-key that differs from the one of the target, set it as"
          + " store.previous-master-key.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 copied and compared, 2 failed, with the reason on one line.",
      "",
      "Examples:",
      "  export BACKLANE_STORE_PASSWORD=… BACKLANE_STORE_MASTER_KEY=…",
      "  backlane migrate-store --from rocksdb:./data \\",
      "    --to postgres:postgresql://db.example/backlane --store.user=backlane",
      "  backlane migrate-store --from postgres:postgresql://db.example/backlane \\",
      "    --to rocksdb:./data2 --config backlane.yaml",
      "",
      "More: docs/scaling.md, docs/operating.md"
    })
final class MigrateStoreCommand implements Callable<Integer> {
  @Mixin private final ConfigOptions options;

  @Option(names = "--from", required = true, paramLabel = "STORE", description = "The source.")
  private String from = "";

  @Option(names = "--to", required = true, paramLabel = "STORE", description = "The target.")
  private String to = "";

  @Option(names = "--json", description = "Prints one JSON document when it is done.")
  private boolean json;

  MigrateStoreCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException {
    var source = place("--from", from);
    var target = place("--to", to);
    if (source.equals(target)) {
      throw new StartException("--from and --to name the same store; name two different stores");
    }
    var access = Config.readAccess(options.sources());
    if (target instanceof StorePlace.Postgres && access.masterKey().isEmpty()) {
      throw new StartException(
          "store.master-key is not set, and a database has no directory for a master key file;"
              + " generate one with 'openssl rand -base64 32', keep a copy, and set it, preferably"
              + " as BACKLANE_STORE_MASTER_KEY");
    }
    try (var opened = MaintenanceStore.existing(source, access);
        var filled = MaintenanceStore.open(target, access)) {
      move(opened, filled, access, options.out());
      return 0;
    } catch (StoreException | MasterKeyException refused) {
      throw new StartException(String.valueOf(refused.getMessage()), refused);
    }
  }

  private static StorePlace place(String option, String text) {
    try {
      return StorePlace.parse(text);
    } catch (WrongPlaceException wrong) {
      throw new StartException(option + " " + wrong.getMessage(), wrong);
    }
  }

  private void move(
      MaintenanceStore source, MaintenanceStore target, StoreAccess access, PrintWriter out) {
    var keys =
        new KeyRewrapper(
            source.masterKeys(access),
            access
                .masterKey()
                .orElseGet(() -> MasterKey.loadOrCreate(target.masterKeyFile().orElseThrow())));
    var shown = json ? new PrintWriter(Writer.nullWriter()) : out;
    var progress = new ProgressLine(shown, Terminal.showsOutput(), System::nanoTime);
    var transfer =
        new Transfer(
            source.store().transferSource(),
            target.store().transferTarget(),
            target.store().transferSource(),
            keys,
            progress);
    long begun = System.nanoTime();
    Transfer.Result result;
    try {
      result = transfer.run();
    } finally {
      progress.end();
    }
    if (json) {
      out.println(new String(Json.bytes(document(result, source, target)), StandardCharsets.UTF_8));
      return;
    }
    out.printf(
        "copied %s operations, %s idempotency keys, %s deliveries and %s records, %s, in %s%n",
        Quantities.count(result.operations()),
        Quantities.count(result.keys()),
        Quantities.count(result.deliveries()),
        Quantities.count(result.records()),
        Quantities.bytes(result.bytes()),
        Quantities.time(Duration.ofNanos(System.nanoTime() - begun)));
    out.println(
        "read back and compared: both stores have the same counts and digests; the digest of the"
            + " operations is "
            + result.digest());
    out.println(
        source.place()
            + " is unchanged; serve "
            + target.place()
            + " from now on, with "
            + (access.masterKey().isPresent()
                ? "the same store.master-key"
                : "the file master.key in it, and back up that file")
            + "; do not serve both");
  }

  private static Map<String, Object> document(
      Transfer.Result result, MaintenanceStore source, MaintenanceStore target) {
    var document = new LinkedHashMap<String, Object>();
    document.put("from", source.place().toString());
    document.put("to", target.place().toString());
    document.put("operations", result.operations());
    document.put("idempotencyKeys", result.keys());
    document.put("deliveries", result.deliveries());
    document.put("records", result.records());
    document.put("bytes", result.bytes());
    document.put("digest", result.digest().toString());
    return document;
  }
}
