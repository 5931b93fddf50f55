package dev.backlane.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.TestPostgres;
import dev.backlane.engine.copies.HeldDecision;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.gateway.seal.DataKeys;
import dev.backlane.gateway.seal.MasterKey;
import dev.backlane.gateway.seal.MasterKeys;
import dev.backlane.protocol.Json;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.rocksdb.RocksStore;
import dev.backlane.store.testkit.Samples;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `backlane store` and `backlane migrate-store` in this process, on real stores.
@Timeout(120)
final class StoreCommandsTest {
  private static final int LARGE = 100_000;
  private static final List<Header> CREDENTIALS =
      List.of(new Header("Authorization", "Bearer abc"));

  @TempDir private Path folder;

  private final InstantSource clock = InstantSource.system();
  private final Samples samples = new Samples(clock, 7);
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return new Commands(
            environment,
            _ -> {
              throw new AssertionError("no gateway is started here");
            },
            () -> {},
            new PrintWriter(out, true),
            new PrintWriter(err, true))
        .run(arguments);
  }

  private void refused(String why, String... arguments) {
    assertThat(run(arguments)).as(out + "" + err).isEqualTo(Commands.WRONG_INPUT);
    assertThat(err.toString().lines()).singleElement().asString().contains(why);
    assertThat(err.toString())
        .doesNotContain("hunter2")
        .doesNotContain(TestPostgres.SERVER.password());
  }

  private void done(String... arguments) {
    assertThat(run(arguments)).as(out + "" + err).isZero();
    assertThat(err.toString()).isEmpty();
  }

  private Path data() {
    return folder.resolve("data");
  }

  private String rocks() {
    return "rocksdb:" + data();
  }

  private static String key(int number) {
    byte[] bytes = new byte[MasterKey.KEY_BYTES];
    bytes[0] = (byte) number;
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// Stores an operation with sealed credentials and a large request, and an ended one, in an
  /// embedded store.
  private OperationId fill() {
    try (var store = RocksStore.open(data())) {
      var keys = DataKeys.open(store.records(), data().resolve("master.key"), clock);
      return fill(store.operations(), keys);
    }
  }

  private OperationId fill(OperationStore store, DataKeys keys) {
    var waiting = sealed(samples.queued(), keys, LARGE);
    var spool = store.spool(waiting.id(), Samples.TENANT, Part.REQUEST);
    spool.write(Samples.bytes(LARGE, 1), 0, LARGE);
    var idempotency = Samples.key("k", "call");
    store.accept(waiting, spool.seal(), Optional.of(idempotency));
    var ended = sealed(samples.started(Samples.LEASE), keys, 2);
    store.accept(ended, new Content.Inline(new byte[] {1, 2}), Optional.empty());
    store.replace(ended, samples.finished(ended, 0), Content.EMPTY, Optional.empty());
    return waiting.id();
  }

  private static Operation sealed(Operation of, DataKeys keys, long requestLength) {
    var request = of.request();
    return new Operation(
        of.id(),
        of.caller(),
        new Request(request.method(), request.target(), request.headers(), requestLength),
        of.base(),
        of.notification(),
        of.route(),
        of.reference(),
        new CredentialSeal(keys).seal(CREDENTIALS, of.id(), of.caller().tenant()),
        of.state(),
        of.version());
  }

  private static List<Header> credentials(
      OperationStore store, RecordStore records, MasterKey masterKey, OperationId id) {
    var keys = DataKeys.open(records, MasterKeys.of(masterKey), Clock.systemUTC());
    return new CredentialSeal(keys).open(store.find(id).orElseThrow().credentials(), id);
  }

  private void useDatabase(String name) {
    TestPostgres.createDatabase(name);
    environment.put("BACKLANE_STORE_USER", TestPostgres.SERVER.user());
    environment.put("BACKLANE_STORE_PASSWORD", TestPostgres.SERVER.password());
    environment.put("BACKLANE_STORE_MASTER_KEY", key(1));
  }

  private static String place(String database) {
    return "postgres:" + TestPostgres.SERVER.url(database).substring("jdbc:".length());
  }

  @Test
  void reportsWrongInputInOneLineWithItsFix() {
    var there = rocks();
    refused("give rocksdb:DIR or postgres:URL", "migrate-store", "--from=x:y", "--to=" + there);
    refused("has no directory", "migrate-store", "--from=rocksdb:", "--to=" + there);
    refused(
        "store.user and store.password",
        "migrate-store",
        "--from=" + there,
        "--to=postgres:postgresql://me:hunter2@db/x");
    refused("name two different stores", "migrate-store", "--from=" + there, "--to=" + there);
    refused("--to", "migrate-store", "--from=" + there);
    refused("there is no store in", "migrate-store", "--from=" + there, "--to=" + there + "2");
    refused(
        "store.master-key is not set", "migrate-store", "--from=" + there, "--to=postgres://db/x");
    refused("there is no store in", "store", "stats", "--data=" + data());
    refused("did you mean 'stats'? See backlane store --help", "store", "stat");
    refused("backup requires --to DIR", "store", "backup", "--data=" + data());
    refused("stores nothing", "store", "stats", "--store.kind=memory");
    refused("did you mean '--store.path'", "store", "stats", "--store.pth=x");
    refused(
        "pg_dump",
        "store",
        "backup",
        "--to=" + folder.resolve("b"),
        "--store.kind=postgres",
        "--store.url=postgresql://db/x",
        "--store.master-key=" + key(1));
    assertThat(data()).doesNotExist();
  }

  @Test
  void countsChecksAndBacksUpAnEmbeddedStore() throws IOException {
    fill();
    done("store", "stats", "--data", data().toString());
    assertThat(out.toString())
        .containsPattern("operations +2\n +queued +1\n +retrying +0\n +running +0\n +finished +1\n")
        .containsPattern("idempotency keys +1\n")
        .containsPattern("on the disk +\\d+");
    done("store", "stats", "--json", "--data", data().toString());
    var json = Json.read(out.toString().getBytes(UTF_8), Map.class);
    assertThat((Map<?, ?>) json.get("operations"))
        .extracting("total", "queued")
        .containsExactly(2, 1);
    done("store", "check", "--data", data().toString());
    assertThat(out.toString()).startsWith("checked 2 operations, 97.7 KiB").contains("no problems");

    var backup = folder.resolve("backup");
    done("store", "backup", "--to=" + backup, "--data", data().toString());
    assertThat(out.toString()).contains("master.key and audit.jsonl are not included");
    assertThat(backup.resolve("master.key")).doesNotExist();
    refused("exists already", "store", "backup", "--to=" + backup, "--data=" + data());
    // The backup does not depend on the original.
    for (var file : files(data().resolve("bodies"))) {
      Files.delete(file);
    }
    assertThat(run("store", "check", "--data", data().toString())).isEqualTo(Commands.FAILED);
    Files.copy(data().resolve("master.key"), backup.resolve("master.key"));
    done("store", "check", "--data", backup.toString());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void reportsDamageLineByLine() throws IOException {
    var id = fill();
    var body = files(data().resolve("bodies")).getFirst();
    try (var file = FileChannel.open(body, StandardOpenOption.WRITE)) {
      file.truncate(LARGE - 1);
    }
    assertThat(run("store", "check", "--data", data().toString())).isEqualTo(Commands.FAILED);
    assertThat(out.toString().lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("the request content of operation " + id + " cannot be read", "damaged");
    assertThat(out.toString()).contains(": 1 problems");
    refused("is damaged", "migrate-store", "--from", rocks(), "--to", rocks() + "2");
    refused("is incomplete", "store", "stats", "--data", data() + "2");

    Files.delete(body);
    Files.writeString(data().resolve("master.key"), key(9));
    assertThat(run("store", "check", "--data", data().toString())).isEqualTo(Commands.FAILED);
    assertThat(out.toString())
        .contains("encrypted data cannot be decrypted: the store was sealed with the master key")
        .contains(": 2 problems");
  }

  @Test
  void recordsTheDecisionOnHeldOperations() {
    fill();
    done("store", "resume", "--data=" + data());
    assertThat(out.toString()).contains("will release", "at its next start");
    done("store", "resume", "--fail", "--data=" + data());
    assertThat(out.toString()).contains("will end");
    try (var store = RocksStore.open(data())) {
      assertThat(HeldDecision.of(store.records())).isPresent();
    }
    done("store", "backup", "--data=" + data(), "--to=" + folder.resolve("backup"));
    refused(
        "start the gateway on this store first",
        "store",
        "resume",
        "--data=" + folder.resolve("backup"));
  }

  @Test
  void refusesAStoreInUse() {
    fill();
    try (var _ = RocksStore.open(data())) {
      refused("set admin.token", "store", "check", "--data", data().toString());
      environment.put("BACKLANE_ADMIN_TOKEN", "hunter2".repeat(5));
      var closed = "--port=1";
      refused(
          "no gateway can be reached at http://127.0.0.1:1",
          "store",
          "stats",
          closed,
          "--data",
          data().toString());
      refused("is in use by another", "store", "resume", "--data", data().toString());
      refused("is in use by another", "migrate-store", "--from", rocks(), "--to", rocks() + "2");
    }
  }

  @Test
  void copiesToPostgresAndBackWithTheGivenMasterKey() throws IOException {
    var id = fill();
    useDatabase("moved");
    var there = place("moved");
    var right = Files.readString(data().resolve("master.key"));
    Files.writeString(data().resolve("master.key"), key(9));
    refused("which is missing", "migrate-store", "--from", rocks(), "--to", there);
    Files.writeString(data().resolve("master.key"), right);

    done("migrate-store", "--from", rocks(), "--to", there);
    assertThat(out.toString())
        .contains("copying ", "verifying ", "100 %")
        .contains("copied 2 operations, 1 idempotency keys, 0 deliveries and 1 records")
        .contains("read back and compared")
        .doesNotContain(key(1))
        .doesNotContain(right.strip());
    try (var store = PostgresStore.open(TestPostgres.settings("moved"))) {
      assertThat(credentials(store.operations(), store.records(), MasterKey.ofBase64(key(1)), id))
          .isEqualTo(CREDENTIALS);
      var settings = new ArrayList<>(List.of("store", "check", "--store.kind=postgres"));
      settings.add("--store.url=" + TestPostgres.SERVER.url("moved"));
      done(settings.toArray(String[]::new));
      assertThat(out.toString()).startsWith("checked 2 operations, 97.7 KiB");
      store.operations().renew("a-node", Duration.ofMinutes(1), List.of());
      settings.set(1, "stats");
      done(settings.toArray(String[]::new));
      assertThat(out.toString()).containsPattern("nodes alive +1\n +a-node +until");
      refused("a-node", "migrate-store", "--from", there, "--to", rocks() + "2");
      refused("a-node", "migrate-store", "--from", rocks(), "--to", there);
      store.operations().leave("a-node");
    }
    refused("is not empty", "migrate-store", "--from", rocks(), "--to", there);

    done("migrate-store", "--from", there, "--to", rocks() + "2");
    assertThat(folder.resolve("data2/master.key")).doesNotExist();
    try (var store = RocksStore.open(folder.resolve("data2"))) {
      assertThat(credentials(store.operations(), store.records(), MasterKey.ofBase64(key(1)), id))
          .isEqualTo(CREDENTIALS);
      var again = samples.queued(new Caller(Samples.TENANT, "client-1", "user-1"));
      var idempotency = Samples.key("k", "call");
      assertThat(store.operations().accept(again, Content.EMPTY, Optional.of(idempotency)))
          .isEqualTo(new Acceptance.Repeated(id));
    }
  }

  @Test
  void refusesAnIncompleteCopyAndRepeatsIt() {
    fill();
    var target = folder.resolve("data2");
    // The state after a crash of the process.
    try (var store = RocksStore.open(target)) {
      store.transferTarget().begin();
    }
    refused(
        "run it again with the same --from and --to",
        "keys",
        "list",
        "--data=" + target,
        "--upstream=http://a.example",
        "--auth.mode=none");
    refused("is incomplete", "migrate-store", "--from", rocks() + "2", "--to", rocks() + "3");
    assertThat(run("migrate-store", "--from", rocks(), "--to", "rocksdb:" + target)).isZero();
    done("store", "check", "--data=" + target);
    assertThat(out.toString()).startsWith("checked 2 operations");
  }
}
