package dev.backlane.app.cli;

import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.AdminSection;
import dev.backlane.app.config.sections.Config;
import dev.backlane.app.config.sections.StoreAccess;
import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.app.config.sections.StoreSection;
import dev.backlane.app.wiring.MaintenanceStore;
import dev.backlane.app.wiring.StartException;
import dev.backlane.app.wiring.Storage;
import dev.backlane.engine.copies.HeldDecision;
import dev.backlane.engine.inspection.SealOpener;
import dev.backlane.engine.inspection.StoreCheck;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.gateway.seal.StoredSealOpener;
import dev.backlane.protocol.Json;
import dev.backlane.store.rocksdb.RocksStore;
import dev.backlane.store.rocksdb.database.StoreLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows, checks, repairs and backs up the store, and releases what is held in a copy of it.
@Command(
    name = "store",
    customSynopsis = {
      "backlane store stats [FILE] [--SETTING=VALUE]...",
      "       backlane store check [--repair] [FILE] [--SETTING=VALUE]...",
      "       backlane store backup --to DIR [FILE] [--SETTING=VALUE]...",
      "       backlane store resume [--fail] [FILE] [--SETTING=VALUE]..."
    },
    header = "Shows what is in the store, checks, repairs and backs it up.",
    description = {
      "",
      "Requires only the store.* settings of 'serve'. While a gateway serves a rocksdb store, stats,"
          + " check and backup use its admin API, and need admin.token too; --repair and resume"
          + " require that it is stopped.",
      "",
      "stats   the number of operations in each state, queued work, space on disk, live nodes",
      "check   reads everything: that each record and body is complete and can be decrypted, and"
          + " that references are consistent; one line per problem. --repair first moves what is damaged"
          + " in a rocksdb store to damaged/ in its directory",
      "backup  copies a rocksdb store into a new directory, from which it can be served; master.key"
          + " and audit.jsonl are not included. While a gateway serves the store, the directory must"
          + " be in its store.backup-dir. Back up a database with PostgreSQL's own tools.",
      "resume  releases the operations that are held because the store is a copy, or ends them with"
          + " --fail: at the next start of the gateway, with postgres within seconds",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 done, no problems; 1 'check' found problems; 2 wrong input or environment.",
      "",
      "Examples:",
      "  backlane store stats --data=./data",
      "  backlane store stats --json --config backlane.yaml",
      "  backlane store check --config backlane.yaml",
      "  backlane store check --repair --data=./data",
      "  backlane store backup --to /backup/backlane-1 --data=./data",
      "",
      "More: docs/operating.md"
    })
final class StoreCommand implements Callable<Integer> {
  private enum Action {
    stats,
    check,
    backup,
    resume
  }

  @Mixin private final ConfigOptions options;

  @Parameters(index = "0", paramLabel = "stats|check|backup|resume", description = "What to do.")
  private @Nullable Action action;

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  @Option(
      names = "--repair",
      description = "With check: set aside what is damaged; only for rocksdb.")
  private boolean repair;

  @Option(
      names = "--fail",
      description = "With resume: end the held operations with an unknown outcome.")
  private boolean fail;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "With backup: the directory, which must not exist.")
  private @Nullable Path to;

  private final List<String> lines = new ArrayList<>();

  StoreCommand(ConfigOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() throws InvalidConfigException, InterruptedException {
    var sources = options.sources();
    var kind = Config.readStore(sources);
    var place = place(kind);
    var access = Config.readAccess(sources);
    var wanted = Objects.requireNonNull(action);
    checkOptions(wanted, place);
    if (kind instanceof StoreSection.RocksDb embedded
        && wanted != Action.resume
        && !repair
        && StoreLock.holder(embedded.path()).isPresent()) {
      return served(wanted, embedded, Config.readOperators(sources));
    }
    if (repair) {
      repair(place);
    }
    try (var store = MaintenanceStore.existing(place, access)) {
      return switch (wanted) {
        case stats -> stats(store);
        case check -> check(store, access);
        case backup -> backup(store);
        case resume -> resume(store);
      };
    } catch (StoreException | MasterKeyException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private int served(Action wanted, StoreSection.RocksDb embedded, AdminSection.Access access)
      throws InterruptedException {
    var store = new ServedStore(embedded.path(), access);
    return switch (wanted) {
      case stats -> print(StoreReport.of(new StorePlace.RocksDb(embedded.path()), store.stats()));
      case check -> {
        var found = store.check();
        if (found.get("lines") instanceof List<?> problems) {
          problems.forEach(line -> print(String.valueOf(line)));
        }
        yield checked(
            new StoreCheck.Result(
                StoreReport.number(found, "operations"),
                StoreReport.number(found, "deliveries"),
                StoreReport.number(found, "contentBytes"),
                StoreReport.number(found, "problems")));
      }
      case backup -> {
        var directory = Objects.requireNonNull(to);
        store.backup(directory, embedded.backups(), _ -> {});
        yield copied(directory, Files.exists(Storage.masterKeyFile(embedded.path())));
      }
      case resume -> throw new IllegalStateException("resume needs the store itself");
    };
  }

  private static StorePlace place(StoreSection.Kind store) {
    return switch (store) {
      case StoreSection.RocksDb embedded -> new StorePlace.RocksDb(embedded.path());
      case StoreSection.Postgres postgres -> new StorePlace.Postgres(postgres.database().url());
      case StoreSection.Memory _ ->
          throw new StartException(
              "store.kind memory stores nothing that a command can read; use rocksdb or postgres");
    };
  }

  private void checkOptions(Action wanted, StorePlace place) {
    if (repair && (wanted != Action.check || !(place instanceof StorePlace.RocksDb))) {
      throw new StartException("--repair requires check and store.kind rocksdb; remove it");
    }
    if (fail && wanted != Action.resume) {
      throw new StartException("--fail requires resume; remove it");
    }
    if (to != null && wanted != Action.backup) {
      throw new StartException("--to requires backup; remove it");
    }
    if (wanted != Action.backup) {
      return;
    }
    if (place instanceof StorePlace.Postgres) {
      throw new StartException(
          "back up a postgres store with PostgreSQL's own tools, such as pg_dump, or base backups"
              + " with continuous archiving; with all nodes stopped, 'backlane migrate-store --from"
              + " postgres:URL --to rocksdb:DIR' copies it too");
    }
    if (to == null) {
      throw new StartException("backup requires --to DIR, a directory that does not exist");
    }
  }

  /// Prints a line, or keeps it for the document.
  private void print(String line) {
    if (json) {
      lines.add(line);
    } else {
      options.out().println(line);
    }
  }

  private void printDocument(Map<String, Object> facts) {
    if (json) {
      var document = new LinkedHashMap<String, Object>(facts);
      document.put("lines", lines);
      options.out().println(new String(Json.bytes(document), StandardCharsets.UTF_8));
    }
    options.out().flush();
  }

  private void repair(StorePlace place) {
    if (!(place instanceof StorePlace.RocksDb(Path path))) {
      return;
    }
    try {
      long repaired = RocksStore.repair(path, this::print);
      print(
          repaired == 0
              ? "nothing had to be repaired"
              : Quantities.count(repaired) + " things were set aside");
    } catch (StoreException unusable) {
      throw new StartException(String.valueOf(unusable.getMessage()), unusable);
    }
  }

  private int resume(MaintenanceStore store) {
    if (store.store().origin().copied().isPresent()) {
      throw new StartException(
          "no operation is held yet: start the gateway on this store first, which holds what may not"
              + " be repeated");
    }
    HeldDecision.record(store.store().records(), fail);
    print(
        "the gateway will "
            + (fail ? "end" : "release")
            + " the held operations "
            + (store.place() instanceof StorePlace.RocksDb
                ? "at its next start"
                : "within seconds, or at its next start"));
    printDocument(Map.of("decision", fail ? "fail" : "release"));
    return 0;
  }

  private int stats(MaintenanceStore store) {
    return print(new StoreReport(store.place(), store.store().inspection().stats()));
  }

  private int print(StoreReport report) {
    options.out().print(json ? report.json() + System.lineSeparator() : report.text());
    options.out().flush();
    return 0;
  }

  private int check(MaintenanceStore store, StoreAccess access) {
    var problems = new long[1];
    var seals = seals(store, access, problems);
    var result =
        new StoreCheck(
                store.store().transferSource(), store.store().inspection(), seals, this::print)
            .run();
    return checked(
        new StoreCheck.Result(
            result.operations(),
            result.deliveries(),
            result.contentBytes(),
            problems[0] + result.problems()));
  }

  private int checked(StoreCheck.Result result) {
    if (json) {
      printDocument(
          Map.of(
              "operations", result.operations(),
              "contentBytes", result.contentBytes(),
              "deliveries", result.deliveries(),
              "problems", result.problems()));
    } else {
      options
          .out()
          .printf(
              "checked %s operations, %s of contents and %s deliveries: %s%n",
              Quantities.count(result.operations()),
              Quantities.bytes(result.contentBytes()),
              Quantities.count(result.deliveries()),
              result.problems() == 0
                  ? "no problems"
                  : Quantities.count(result.problems()) + " problems");
    }
    return result.problems() == 0 ? 0 : Commands.FAILED;
  }

  private Optional<SealOpener> seals(MaintenanceStore store, StoreAccess access, long[] problems) {
    try {
      var known = store.masterKeys(access);
      if (known.isEmpty()) {
        print("no master key is set, so encrypted data is read but not decrypted");
        return Optional.empty();
      }
      return Optional.of(
          new StoredSealOpener(DataKeys.look(store.store().records(), known, Clock.systemUTC())));
    } catch (MasterKeyException wrong) {
      print("encrypted data cannot be decrypted: " + wrong.getMessage());
      problems[0]++;
      return Optional.empty();
    }
  }

  private int backup(MaintenanceStore store) {
    var directory = Objects.requireNonNull(to);
    store.store().hotCopy().orElseThrow().copyTo(directory, (_, _) -> {});
    return copied(directory, store.masterKeyFile().isPresent());
  }

  private int copied(Path directory, boolean keyFile) {
    print("copied the store to " + directory + " and opened the copy");
    if (keyFile) {
      print(
          "master.key and audit.jsonl are not included: back up the master key separately, since"
              + " encrypted data cannot be read without it");
    }
    printDocument(Map.of("directory", directory.toString()));
    return 0;
  }
}
