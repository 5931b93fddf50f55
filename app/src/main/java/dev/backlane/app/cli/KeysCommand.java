package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.app.wiring.StartException;
import dev.backlane.app.wiring.Storage;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.protocol.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows and changes the keys that encrypt the stored data.
@Command(
    name = "keys",
    customSynopsis = {
      "backlane keys list [FILE] [--json] [--SETTING=VALUE]...",
      "       backlane keys rotate [FILE] [--data-keys] [--json] [--SETTING=VALUE]..."
    },
    header = "Shows and changes the keys that encrypt the stored data.",
    description = {
      "",
      "Credentials, webhook secrets and encrypted bodies are encrypted with a data key per tenant;"
          + " the data keys are kept in the store, encrypted with the master key. Requires the"
          + " store.* settings of 'serve' only. With store.kind rocksdb the gateway must not run at the same"
          + " time; with postgres it may, and its nodes use new data keys within a minute.",
      "",
      "list    one line per data key: id, tenant, time of creation, and whether it encrypts new"
          + " data",
      "rotate  creates a new master key and encrypts all data keys with it; with --data-keys, also"
          + " creates a new data key for every tenant. After a crash, either the old or the new"
          + " keys are in use. Back up master.key afterwards: without it the stored data cannot be"
          + " read.",
      "",
      "To change a master key that is set as store.master-key, set the new one there and the old"
          + " one as store.previous-master-key (see docs/operating.md). Then --data-keys changes"
          + " only the data keys.",
      ""
    })
final class KeysCommand implements Callable<Integer> {
  private enum Action {
    list,
    rotate
  }

  @Mixin private final ConfigOptions options;

  @Parameters(index = "0", paramLabel = "list|rotate", description = "What to do.")
  private @Nullable Action action;

  @Option(
      names = "--data-keys",
      description = "With rotate: also creates a new data key for every tenant.")
  private boolean dataKeys;

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  KeysCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException {
    var store = Config.readStore(options.sources());
    try (var storage = Storage.existing(store, Clock.systemUTC())) {
      return switch (Objects.requireNonNull(action)) {
        case list -> list(storage, options.out());
        case rotate -> rotate(storage, masterKeyFile(store), options.out());
      };
    } catch (StoreException | MasterKeyException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  /// The file of the master key; empty if the key is set.
  private static Optional<Path> masterKeyFile(StoreSection.Kind store) {
    return switch (store) {
      case StoreSection.RocksDb embedded when embedded.masterKeys().isEmpty() ->
          Optional.of(Storage.masterKeyFile(embedded.path()));
      case StoreSection.RocksDb _, StoreSection.Postgres _, StoreSection.Memory _ ->
          Optional.empty();
    };
  }

  private int list(Storage storage, PrintWriter out) {
    if (json) {
      out.println(
          text(
              storage.keys().list().stream()
                  .map(key ->
                      Map.of(
                          "id", key.id(),
                          "tenant", key.tenant(),
                          "createdUtc", key.createdAt().toString(),
                          "current", key.current()))
                  .toList()));
      return 0;
    }
    for (var key : storage.keys().list()) {
      out.printf(
          "%s  %-20s  %s  %s%n",
          key.id(),
          key.tenant().isEmpty() ? "(no tenant)" : key.tenant(),
          key.createdAt(),
          key.current() ? "current" : "for older data");
    }
    return 0;
  }

  private int rotate(Storage storage, Optional<Path> masterKeyFile, PrintWriter out) {
    if (masterKeyFile.isEmpty() && !dataKeys) {
      throw new StartException(
          "the master key is set as store.master-key; change it there, with"
              + " store.previous-master-key, as docs/operating.md describes; 'backlane keys rotate"
              + " --data-keys' changes the data keys alone");
    }
    var done = new LinkedHashMap<String, Object>();
    if (dataKeys) {
      int created = storage.keys().renew();
      done.put("dataKeysCreated", created);
      print("created " + created + " new data keys", out);
    }
    masterKeyFile.ifPresent(file -> {
      int wrapped = DataKeys.rotate(storage.records(), file, Clock.systemUTC());
      done.put("dataKeysWrapped", wrapped);
      done.put("masterKeyFile", file.toString());
      print("wrapped " + wrapped + " data keys with a new master key; back up " + file, out);
    });
    if (json) {
      out.println(text(done));
    }
    return 0;
  }

  private void print(String line, PrintWriter out) {
    if (!json) {
      out.println(line);
    }
  }

  private static String text(Object document) {
    return new String(Json.bytes(document), StandardCharsets.UTF_8);
  }
}
