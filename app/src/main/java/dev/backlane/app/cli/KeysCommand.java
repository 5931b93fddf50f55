package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.app.wiring.StartException;
import dev.backlane.app.wiring.Storage;
import dev.backlane.engine.store.StoreException;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKeyException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows and changes the keys that what is stored is sealed with.
@Command(
    name = "keys",
    customSynopsis = {
      "backlane keys list [--config FILE] [--SETTING=VALUE]...",
      "backlane keys rotate [--data-keys] [--config FILE] [--SETTING=VALUE]..."
    },
    header = "Shows and changes the keys that what is stored is sealed with.",
    description = {
      "",
      "Credentials, webhook secrets and encrypted bodies are sealed with a data key per tenant; the data keys lie in the"
          + " store, wrapped by the master key. Takes the settings of 'serve'. With store.kind rocksdb the gateway must not"
          + " run meanwhile; with postgres it may, and its nodes use new data keys within a minute.",
      "",
      "list    one line per data key: id, tenant, when it was made, and whether it seals what is new",
      "rotate  makes a new master key and wraps all data keys anew; with --data-keys, also gives every tenant a new data key"
          + " for what is new. A crash leaves the old or the new state. Back up master.key afterwards: without it what is"
          + " stored cannot be read.",
      "",
      "A master key that is given as store.master-key is changed without this command, as docs/operating.md tells: give the"
          + " new one there and the old one as store.previous-master-key. Then --data-keys changes the data keys alone.",
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
      description = "With rotate: also gives every tenant a new data key.")
  private boolean dataKeys;

  KeysCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException {
    var config = options.read();
    if (config.store() instanceof StoreSection.Memory) {
      throw new StartException("store.kind memory has no keys that outlive it");
    }
    try (var storage = Storage.open(config, Clock.systemUTC())) {
      return switch (Objects.requireNonNull(action)) {
        case list -> list(storage, options.out());
        case rotate -> rotate(storage, masterKeyFile(config.store()), options.out());
      };
    } catch (StoreException | MasterKeyException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  /// Where the master key lies; empty if it is given.
  private static Optional<Path> masterKeyFile(StoreSection.Kind store) {
    return switch (store) {
      case StoreSection.RocksDb embedded when embedded.masterKeys().isEmpty() ->
          Optional.of(Storage.masterKeyFile(embedded.path()));
      case StoreSection.RocksDb _, StoreSection.Postgres _, StoreSection.Memory _ ->
          Optional.empty();
    };
  }

  private static int list(Storage storage, PrintWriter out) {
    for (var key : storage.keys().list()) {
      out.printf(
          "%s  %-20s  %s  %s%n",
          key.id(),
          key.tenant().isEmpty() ? "(no tenant)" : key.tenant(),
          key.createdAt(),
          key.current() ? "current" : "for what is older");
    }
    return 0;
  }

  private int rotate(Storage storage, Optional<Path> masterKeyFile, PrintWriter out) {
    if (masterKeyFile.isEmpty() && !dataKeys) {
      throw new StartException(
          "the master key is given as store.master-key; change it there, with store.previous-master-key, as"
              + " docs/operating.md tells; 'backlane keys rotate --data-keys' changes the data keys alone");
    }
    if (dataKeys) {
      out.println("made " + storage.keys().renew() + " new data keys");
    }
    masterKeyFile.ifPresent(file -> {
      int wrapped = DataKeys.rotate(storage.records(), file, Clock.systemUTC());
      out.println("wrapped " + wrapped + " data keys with a new master key; back up " + file);
    });
    return 0;
  }
}
