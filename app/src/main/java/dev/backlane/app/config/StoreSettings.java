package dev.backlane.app.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The settings of where operations are kept.
final class StoreSettings {
  private static final String ROCKSDB = "rocksdb";
  private static final String POSTGRES = "postgres";
  private static final String MEMORY = "memory";

  /// One to claim, one to answer and one to renew leases, so that none waits for the others.
  private static final int CONNECTIONS_MIN = 3;

  private static final int CONNECTIONS_MAX_MAX = 200;

  static final Setting<String> KIND =
      Setting.of(
              "store.kind",
              Types.oneOf(List.of(ROCKSDB, POSTGRES, MEMORY)),
              "Where operations are kept: rocksdb, embedded and durable, for one node; postgres, a PostgreSQL database that any"
                  + " number of nodes share; or memory, gone when the process ends.")
          .byDefault(ROCKSDB);
  static final Setting<Path> PATH =
      Setting.of(
              "store.path",
              Types.path("the path of a directory"),
              "The directory of a rocksdb store, made when missing; one process at a time. A relative path starts at the"
                  + " working directory.")
          .byDefault("./data")
          .alsoAs("--data");
  static final Setting<String> URL =
      Setting.of(
          "store.url",
          PostgresUrlType.type(),
          "The database of a postgres store, the same for all nodes. Behind the '?' stand parameters of the PostgreSQL JDBC"
              + " driver, such as sslmode=verify-full. Required for postgres.");
  static final Setting<String> USER =
      Setting.of(
          "store.user",
          Types.text("the name of a database user", "TEXT"),
          "The user of the postgres store's database. Left out: as the driver has it, that of the process.");
  static final Setting<Secret> PASSWORD =
      Setting.of(
          "store.password",
          Types.secret("the password of the database user"),
          "Its password. Best given as BACKLANE_STORE_PASSWORD. Left out: none, or that of the driver's password file.");
  static final Setting<Integer> CONNECTIONS_MAX =
      Setting.of(
              "store.connections-max",
              Types.wholeNumber(CONNECTIONS_MIN, CONNECTIONS_MAX_MAX),
              "Connections of this node to the postgres store's database at the same time, besides the one of store.listen.")
          .byDefault("10");
  static final Setting<Boolean> LISTEN =
      Setting.of(
              "store.listen",
              Types.truth(),
              "Whether nodes with a postgres store tell each other of work at once (LISTEN and NOTIFY, on a connection of its"
                  + " own). false behind a pooler in transaction mode; then nodes look by themselves.")
          .byDefault("true");
  static final Setting<Boolean> ENCRYPT =
      Setting.of(
              "store.encrypt",
              Types.truth(),
              "Whether bodies lie encrypted in the store; credentials always do. What was stored before it was changed stays"
                  + " readable.")
          .byDefault("false");

  /// Those that another store has no use for.
  static final List<Setting<?>> OF_POSTGRES =
      List.of(URL, USER, PASSWORD, CONNECTIONS_MAX, LISTEN, KeySettings.NEXT_MASTER_KEY);

  static final List<Setting<?>> ALL =
      Stream.<List<Setting<?>>>of(
              List.of(KIND, PATH, URL, USER, PASSWORD, CONNECTIONS_MAX, LISTEN, ENCRYPT),
              KeySettings.ALL)
          .flatMap(List::stream)
          .toList();

  private StoreSettings() {}

  /// Tells the problems of settings that each are right by themselves.
  static void check(Values values, Problems problems) {
    Optional<String> kind = values.find(KIND);
    if (kind.equals(Optional.of(POSTGRES))) {
      checkPostgres(values, problems);
    } else if (kind.isPresent()) {
      for (var setting : OF_POSTGRES) {
        refuse(
            setting,
            "is set, and store.kind is " + kind.get(),
            "set store.kind: postgres, or leave it out",
            values,
            problems);
      }
    }
    KeySettings.check(values, kind.equals(Optional.of(POSTGRES)), problems);
  }

  private static void checkPostgres(Values values, Problems problems) {
    if (!values.isGiven(URL)) {
      problems.add(
          values.origin(URL),
          URL.key(),
          "is not set, and store.kind is postgres",
          "give " + URL.type().expected());
    }
    refuse(
        PATH,
        "is set, and store.kind is postgres, which has no directory",
        "leave it out, or set store.kind: rocksdb",
        values,
        problems);
  }

  private static void refuse(
      Setting<?> setting, String what, String mend, Values values, Problems problems) {
    if (values.isGiven(setting)) {
      problems.add(values.origin(setting), setting.key(), what, mend);
    }
  }

  /// Puts values that have passed every check into a record.
  static StoreConfig config(Values values) {
    return switch (values.get(KIND)) {
      case MEMORY -> new StoreConfig.Memory();
      case POSTGRES ->
          new StoreConfig.Postgres(
              values.get(URL),
              values.find(USER),
              values.find(PASSWORD),
              values.get(CONNECTIONS_MAX),
              values.get(LISTEN),
              values.get(ENCRYPT),
              values.get(KeySettings.MASTER_KEY),
              values.find(KeySettings.PREVIOUS_MASTER_KEY),
              values.find(KeySettings.NEXT_MASTER_KEY));
      default ->
          new StoreConfig.RocksDb(
              values.get(PATH),
              values.get(ENCRYPT),
              values.find(KeySettings.MASTER_KEY),
              values.find(KeySettings.PREVIOUS_MASTER_KEY));
    };
  }
}
