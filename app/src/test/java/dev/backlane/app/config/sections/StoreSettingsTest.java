package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.store.postgres.PostgresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The settings of the store, and which of them conflict.
final class StoreSettingsTest {
  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final String PREVIOUS = "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";
  private static final String NEXT = "ZmVkY2JhMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";
  private static final String URL = "jdbc:postgresql://db.example/backlane";
  private static final List<Flag> SMALLEST =
      List.of(new Flag("--upstream", "http://127.0.0.1:9000"), new Flag("--auth.mode", "none"));

  @TempDir private Path folder;

  private static String postgres(String more) {
    return "store: {kind: postgres, url: '" + URL + "', master-key: '" + KEY + "'" + more + "}";
  }

  @Test
  void postgresNeedsOnlyUrlAndMasterKey() throws Exception {
    assertThat(read(postgres("")).store())
        .usingRecursiveComparison()
        .isEqualTo(
            new StoreSection.Postgres(
                new PostgresSettings(
                    URL, Optional.empty(), Optional.empty(), 10, true, Duration.ofHours(24)),
                false,
                MasterKeys.of(MasterKey.ofBase64(KEY))));
  }

  @Test
  void findsTheSpoolDirectoryOfEachKindOfStore() throws Exception {
    long gibibyte = 1L << 30;
    assertThat(read("").spool())
        .hasValue(new StoreSection.Spool(Path.of("./data/spool"), gibibyte));
    assertThat(read(postgres("")).spool())
        .hasValue(new StoreSection.Spool(Path.of("./spool"), gibibyte));
    assertThat(read(postgres(", spool-path: /var/spool/b, spool-max: 5MiB")).spool())
        .hasValue(new StoreSection.Spool(Path.of("/var/spool/b"), 5 << 20));
    assertThat(read("store: {kind: memory}").spool()).isEmpty();
  }

  @Test
  void usesEverySettingOfAPostgresStore() throws Exception {
    var config =
        read(
            postgres(
                    ", user: backlane, password: hunter2, connections-max: 3, listen: false, encrypt: true,"
                        + " previous-master-key: '"
                        + PREVIOUS
                        + "', next-master-key: '"
                        + NEXT
                        + "'")
                + "\nexecution: {lease: 3s}");
    assertThat(config.store())
        .usingRecursiveComparison()
        .isEqualTo(
            new StoreSection.Postgres(
                new PostgresSettings(
                    URL,
                    Optional.of("backlane"),
                    Optional.of("hunter2"),
                    3,
                    false,
                    Duration.ofHours(24)),
                true,
                new MasterKeys(
                    MasterKey.ofBase64(KEY),
                    Optional.of(MasterKey.ofBase64(PREVIOUS)),
                    Optional.of(MasterKey.ofBase64(NEXT)))));
    assertThat(config.execution().lease()).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.toString()).doesNotContain("hunter2", KEY, PREVIOUS, NEXT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://db/backlane | jdbc:postgresql://db/backlane",
        "postgres://db/backlane | jdbc:postgresql://db/backlane",
        "jdbc:postgresql://db:5433/backlane | jdbc:postgresql://db:5433/backlane",
        "jdbc:postgresql://10.0.0.7,[fd00::7]:5433,db_2/b-l | jdbc:postgresql://10.0.0.7,[fd00::7]:5433,db_2/b-l",
        "postgres://a,b/x?sslmode=verify-full&options=-c%20a=b | jdbc:postgresql://a,b/x?sslmode=verify-full&options=-c%20a=b",
        "jdbc:postgresql://db/backlane?ssl&targetServerType=primary | jdbc:postgresql://db/backlane?ssl&targetServerType=primary",
        "jdbc:postgresql://db/backlane? | jdbc:postgresql://db/backlane?"
      })
  void acceptsUrlsOfJdbcAndLibpq(String given, String read) throws Exception {
    var store = (StoreSection.Postgres) read(postgres("").replace(URL, given)).store();
    assertThat(store.database().url()).isEqualTo(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://u:hunter2@db/backlane",
        "jdbc:postgresql://hunter2@db/backlane",
        "postgres://u:hunter/2@db/backlane",
        "jdbc:postgresql://db/backlane?user=hunter2",
        "jdbc:postgresql://db/backlane?sslmode=require&Password=hunter2",
        "jdbc:postgresql://db/backlane?sslpassword=hunter2"
      })
  void refusesAUrlWithUserOrPasswordWithoutShowingIt(String url) throws Exception {
    assertThat(problems(postgres("").replace(URL, url)))
        .singleElement()
        .asString()
        .contains("store.url: the value contains a user or password; give jdbc:postgresql://")
        .contains("store.user", "store.password")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mysql://db/backlane | does not begin with jdbc:postgresql://",
        "jdbc:postgresql:backlane | does not begin with jdbc:postgresql://",
        "JDBC:postgresql://db/backlane | does not begin with jdbc:postgresql://",
        "jdbc:postgresql:///backlane | has the wrong form",
        "jdbc:postgresql://db | has the wrong form",
        "jdbc:postgresql://db/ | has the wrong form",
        "jdbc:postgresql://db,/backlane | has the wrong form",
        "jdbc:postgresql://db:x/backlane | has the wrong form",
        "jdbc:postgresql://fd00::7/backlane | has the wrong form",
        "jdbc:postgresql://db/backlane/more | has the wrong form",
        "jdbc:postgresql://db/back lane | has the wrong form",
        "jdbc:postgresql://db/backlane#a | has the wrong form",
        "postgres://u:12?hunter2@db/backlane | has the wrong form",
        "jdbc:postgresql://db:0/backlane | has a port that is out of range",
        "jdbc:postgresql://a,db:70000/backlane | has a port that is out of range",
        "postgres://db/backlane?connect_timeout=5 | has a parameter that the JDBC driver does not have",
        "jdbc:postgresql://db/backlane?=5 | has a parameter that the JDBC driver does not have"
      })
  void refusesAMalformedUrl(String url, String expected) throws Exception {
    assertThat(problems(postgres("").replace(URL, url)))
        .singleElement()
        .asString()
        .contains("store.url: the value " + expected)
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{kind: postgres, master-key: KEY} | store.url: is not set, and store.kind is postgres; give jdbc:postgresql://host",
        "{kind: postgres, url: 'URL'} | store.master-key: is not set, and store.kind postgres has no directory",
        "{kind: postgres, url: 'URL', previous-master-key: KEY} | generate one with 'openssl rand -base64 32' and set the same key at all nodes",
        "{kind: postgres, url: 'URL', master-key: KEY, path: ./data} | store.path: is set, and store.kind is postgres",
        "{kind: postgres, url: 'URL', master-key: KEY, connections-max: 2} | a whole number from 3 to 200",
        "{kind: postgres, url: 'URL', master-key: KEY, connections-max: 201} | a whole number from 3 to 200",
        "{url: 'URL'} | store.url: is set, and store.kind is rocksdb; set store.kind: postgres, or remove it",
        "{kind: rocksdb, user: a} | store.user: is set, and store.kind is rocksdb",
        "{kind: memory, password: a} | store.password: is set, and store.kind is memory",
        "{connections-max: 10} | store.connections-max: is set, and store.kind is rocksdb",
        "{listen: true} | store.listen: is set, and store.kind is rocksdb",
        "{master-key: KEY, next-master-key: KEY} | store.next-master-key: is set, and store.kind is rocksdb",
        "{kind: sqlite, url: 'URL'} | store.kind: 'sqlite' is not a known value; give one of rocksdb, postgres, memory",
        "{previous-master-key: KEY} | store.previous-master-key: is set without store.master-key"
      })
  void reportsConflictingSettingsAsOneProblem(String store, String expected) throws Exception {
    assertThat(problems("store: " + store.replace("KEY", KEY).replace("'URL'", "'" + URL + "'")))
        .singleElement()
        .asString()
        .contains(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2s", "6m"})
  void refusesALeaseOutOfRange(String lease) throws Exception {
    assertThat(problems("execution: {lease: " + lease + "}"))
        .singleElement()
        .asString()
        .contains(
            "execution.lease: '" + lease + "' is out of range; give a duration from 3s to 5m");
  }

  private Config read(String text) throws IOException, InvalidConfigException {
    return Config.read(sources(text));
  }

  private List<String> problems(String text) throws IOException {
    var sources = sources(text);
    return catchThrowableOfType(InvalidConfigException.class, () -> Config.read(sources)).lines();
  }

  private ConfigSources sources(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("backlane.yaml"), text);
    return new ConfigSources(Optional.of(file), Map.of(), SMALLEST);
  }
}
