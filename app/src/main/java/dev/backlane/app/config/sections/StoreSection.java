package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.PostgresUrl;
import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeyException;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.store.postgres.PostgresSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// `store`: where operations are kept. Stateless.
public final class StoreSection {
  /// Where operations are kept.
  public sealed interface Kind {
    /// The kind and the location, without user, password and parameters.
    default String place() {
      return switch (this) {
        case Memory _ -> MEMORY;
        case RocksDb embedded -> new StorePlace.RocksDb(embedded.path()).toString();
        case Postgres shared -> new StorePlace.Postgres(shared.database().url()).toString();
      };
    }
  }

  /// In the memory of the process: everything is lost when it ends.
  public record Memory() implements Kind {}

  /// In an embedded RocksDB store.
  ///
  /// @param path its directory, created if missing; used by one process at a time
  /// @param encrypt whether bodies are stored encrypted
  /// @param masterKeys encrypt the data keys; empty: the master key is in a file in the directory
  /// @param backups the directory in which operators create backups; empty: they cannot
  public record RocksDb(
      Path path, boolean encrypt, Optional<MasterKeys> masterKeys, Optional<Path> backups)
      implements Kind {}

  /// In a PostgreSQL database that any number of nodes share.
  ///
  /// @param encrypt whether bodies are stored encrypted
  /// @param masterKeys encrypt the data keys; the same at every node, except while they are changed
  public record Postgres(PostgresSettings database, boolean encrypt, MasterKeys masterKeys)
      implements Kind {}

  /// Where responses are kept until the store accepts them.
  ///
  /// @param path a directory, created if missing; any number of processes may use it
  /// @param bytesMax of all files in it that this process uses
  public record Spool(Path path, long bytesMax) {}

  private static final String ROCKSDB = "rocksdb";
  private static final String POSTGRES = "postgres";
  private static final String MEMORY = "memory";

  /// One to claim operations, one to serve requests and one to renew leases, so that none of these
  /// waits for another.
  private static final int CONNECTIONS_MIN = 3;

  private static final int CONNECTIONS_MAX_MAX = 200;

  private static final long MIB = 1L << 20;
  private static final long TIB = 1L << 40;
  private static final Path SPOOL_OF_POSTGRES = Path.of("./spool");

  static final Section SECTION = Section.of("Where operations are kept.");

  private static final Setting<String> KIND =
      SECTION.add(
          Setting.of(
                  "store.kind",
                  Types.oneOf(List.of(ROCKSDB, POSTGRES, MEMORY)),
                  "Where operations are kept: rocksdb, embedded and durable, for one node;"
                      + " postgres, a PostgreSQL database that any number of nodes share; or"
                      + " memory, lost when the process ends.")
              .byDefault(ROCKSDB));
  private static final Setting<Path> PATH =
      SECTION.add(
          Setting.of(
                  "store.path",
                  Types.path("the path of a directory"),
                  "The directory of a rocksdb store, created if missing; used by one process at a"
                      + " time. A relative path is resolved against the working directory.")
              .byDefault("./data")
              .alsoAs("--data"));
  private static final Setting<String> URL =
      SECTION.add(
          Setting.of(
              "store.url",
              PostgresUrl.type(),
              "The database of a postgres store, the same for all nodes. Parameters of the"
                  + " PostgreSQL JDBC driver follow a '?', such as sslmode=verify-full. Required"
                  + " for postgres."));
  private static final Setting<String> USER =
      SECTION.add(
          Setting.of(
              "store.user",
              Types.text("the name of a database user", "TEXT"),
              "The user of the database of a postgres store. If unset, the driver's default: the"
                  + " user of the process."));
  private static final Setting<Secret> PASSWORD =
      SECTION.add(
          Setting.of(
              "store.password",
              Types.secret("the password of the database user"),
              "The user's password. Set it as the variable BACKLANE_STORE_PASSWORD. If unset, the"
                  + " password in the driver's password file, if there is one."));
  private static final Setting<Integer> CONNECTIONS_MAX =
      SECTION.add(
          Setting.of(
                  "store.connections-max",
                  Types.wholeNumber(CONNECTIONS_MIN, CONNECTIONS_MAX_MAX),
                  "The maximum number of open connections of this node to the database of a"
                      + " postgres store, in addition to the one of store.listen.")
              .byDefault("10"));
  private static final Setting<Boolean> LISTEN =
      SECTION.add(
          Setting.of(
                  "store.listen",
                  Types.bool(),
                  "Whether nodes with a postgres store notify each other of new work at once"
                      + " (LISTEN and NOTIFY, on a dedicated connection), and keep frequent reads"
                      + " prepared in their sessions. Set it to false behind a pooler in"
                      + " transaction mode; then nodes poll more often.")
              .byDefault("true"));
  private static final Setting<Boolean> ENCRYPT =
      SECTION.add(
          Setting.of(
                  "store.encrypt",
                  Types.bool(),
                  "Whether bodies are stored encrypted; credentials always are. Bodies that were"
                      + " stored before this setting is changed stay readable.")
              .byDefault("false"));

  private static final Setting<Path> BACKUP_DIR =
      SECTION.add(
          Setting.of(
              "store.backup-dir",
              Types.path("the path of a directory"),
              "The directory in which operators create backups of a rocksdb store while it serves,"
                  + " with POST /admin/v1/store/backup or 'backlane store backup'; created if"
                  + " missing. On the file system of store.path a backup takes little time and"
                  + " space. If unset, a store that serves cannot be backed up."));
  private static final Setting<Path> SPOOL_PATH =
      SECTION.add(
          Setting.of(
              "store.spool-path",
              Types.path("the path of a directory"),
              "The local directory in which responses are kept, encrypted, until the store accepts"
                  + " them; created if missing, and readable by its owner only. What a process leaves"
                  + " there is stored by the next one that starts with the same directory, so it"
                  + " should outlive a restart. Processes on one machine may share it. If unset,"
                  + " spool in store.path, or ./spool with store.kind postgres."));
  private static final Setting<Long> SPOOL_MAX =
      SECTION.add(
          Setting.of(
                  "store.spool-max",
                  Types.bytes(MIB, TIB),
                  "The maximum size of all files of this process in store.spool-path, of which the"
                      + " responses to one tenant leave a part to others. Beyond it, responses over 64 KiB are written to the store while they are received,"
                      + " and are lost if it is unavailable.")
              .byDefault("1GiB"));
  private static final String HOLD = "hold";
  private static final Setting<String> ON_COPY =
      SECTION.add(
          Setting.of(
                  "store.on-copy",
                  Types.oneOf(List.of(HOLD, "run")),
                  "What happens to queued calls that may not be repeated if the store is a copy: a"
                      + " restored backup, a copied directory or database, or a promoted standby."
                      + " hold: they wait for 'backlane store resume', since the original may have"
                      + " executed them; run: they are executed. Set run only if every failover"
                      + " keeps all commits, as with synchronous_standby_names.")
              .byDefault(HOLD));

  private static final Setting<MasterKey> MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.master-key",
              masterKeyType(),
              "Encrypts the data keys of credentials, webhook secrets and encrypted bodies; base64"
                  + " of 32 bytes. Set it as the variable BACKLANE_STORE_MASTER_KEY. If unset, the"
                  + " key in the file master.key in store.path, which is created at the first"
                  + " start. Required for store.kind postgres, the same at every node."));
  private static final Setting<MasterKey> PREVIOUS_MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.previous-master-key",
              masterKeyType(),
              "The old master key, set only to change the key: at the start, data keys that it"
                  + " encrypts are encrypted with store.master-key instead. Remove it afterwards."
                  + " With store.kind postgres, set store.next-master-key first."));
  private static final Setting<MasterKey> NEXT_MASTER_KEY =
      SECTION.add(
          Setting.of(
              "store.next-master-key",
              masterKeyType(),
              "With store.kind postgres: the future master key. Set it at every node before any"
                  + " node has it as store.master-key, so that every node can decrypt what the"
                  + " others encrypt in the meantime."));

  /// Settings that apply only to a postgres store.
  static final List<Setting<?>> OF_POSTGRES =
      List.of(URL, USER, PASSWORD, CONNECTIONS_MAX, LISTEN, NEXT_MASTER_KEY);

  private StoreSection() {}

  private static Scalar<MasterKey> masterKeyType() {
    return new Scalar<>(
        "base64 of 32 random bytes, such as 'openssl rand -base64 32' prints",
        "SECRET",
        false,
        text -> {
          try {
            return MasterKey.ofBase64(text);
          } catch (MasterKeyException malformed) {
            throw new WrongValueException("is not base64 of 32 bytes");
          }
        });
  }

  static void check(Values values) {
    Optional<String> kind = values.find(KIND);
    boolean postgres = kind.equals(Optional.of(POSTGRES));
    if (postgres) {
      values.require(URL, "is not set, and store.kind is postgres", "");
      values.refuse(
          PATH,
          "is set, and store.kind is postgres, which has no directory",
          "remove it, or set store.kind: rocksdb");
    }
    if (kind.isPresent() && !kind.equals(Optional.of(ROCKSDB))) {
      values.refuse(
          BACKUP_DIR,
          "is set, and store.kind is " + kind.get() + ", which has no files to copy",
          "remove it; back up a database with PostgreSQL's own tools");
    }
    if (!postgres && kind.isPresent()) {
      for (var setting : OF_POSTGRES) {
        values.refuse(
            setting,
            "is set, and store.kind is " + kind.get(),
            "set store.kind: postgres, or remove it");
      }
    }
    if (kind.equals(Optional.of(MEMORY))) {
      for (var setting : List.of(SPOOL_PATH, SPOOL_MAX)) {
        values.refuse(
            setting,
            "is set, and store.kind is memory, which always accepts responses",
            "remove it, or set store.kind: rocksdb or postgres");
      }
    }
    checkMasterKey(values, postgres);
  }

  /// @param required whether the store has no directory for a master key file
  private static void checkMasterKey(Values values, boolean required) {
    if (values.isGiven(MASTER_KEY)) {
      return;
    }
    if (required) {
      values.problem(
          MASTER_KEY,
          "is not set, and store.kind postgres has no directory for a master key file",
          "generate one with 'openssl rand -base64 32' and set the same key at all nodes,"
              + " preferably as BACKLANE_STORE_MASTER_KEY");
    } else {
      values.refuse(
          PREVIOUS_MASTER_KEY,
          "is set without store.master-key",
          "set the new key too, or replace the key in master.key with 'backlane keys rotate'");
    }
  }

  static Kind of(Values values) {
    return switch (values.get(KIND)) {
      case MEMORY -> new Memory();
      case POSTGRES ->
          new Postgres(
              database(values, values.get(URL), values.get(LISTEN)),
              values.get(ENCRYPT),
              masterKeys(values).orElseThrow());
      default ->
          new RocksDb(
              values.get(PATH), values.get(ENCRYPT), masterKeys(values), values.find(BACKUP_DIR));
    };
  }

  static Optional<Spool> spool(Values values) {
    var path =
        switch (values.get(KIND)) {
          case MEMORY -> Optional.<Path>empty();
          case POSTGRES -> values.find(SPOOL_PATH).or(() -> Optional.of(SPOOL_OF_POSTGRES));
          default ->
              values.find(SPOOL_PATH).or(() -> Optional.of(values.get(PATH).resolve("spool")));
        };
    return path.map(directory -> new Spool(directory, values.get(SPOOL_MAX)));
  }

  /// The settings of the connection to a database.
  static PostgresSettings database(Values values, String url, boolean listen) {
    return new PostgresSettings(
        url,
        values.find(USER),
        values.find(PASSWORD).map(Secret::value),
        values.get(CONNECTIONS_MAX),
        listen,
        values.get(LimitsSection.RETENTION));
  }

  /// Whether queued calls that may not be repeated are held in a copy of a store.
  static boolean holdInCopy(Values values) {
    return values.get(ON_COPY).equals(HOLD);
  }

  /// The directory of the store; empty if it has none.
  static Optional<Path> directory(Values values) {
    return values.get(KIND).equals(ROCKSDB) ? values.find(PATH) : Optional.empty();
  }

  /// The configured master keys; empty: the master key is in a file.
  private static Optional<MasterKeys> masterKeys(Values values) {
    return values
        .find(MASTER_KEY)
        .map(key ->
            new MasterKeys(key, values.find(PREVIOUS_MASTER_KEY), values.find(NEXT_MASTER_KEY)));
  }

  /// The configured master key; empty: none is set.
  static Optional<MasterKey> masterKey(Values values) {
    return values.find(MASTER_KEY);
  }

  /// Other master keys that may have encrypted data keys.
  static List<MasterKey> otherMasterKeys(Values values) {
    return Stream.of(PREVIOUS_MASTER_KEY, NEXT_MASTER_KEY)
        .flatMap(setting -> values.find(setting).stream())
        .toList();
  }
}
