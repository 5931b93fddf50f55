package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayConnection;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.ReverseProxy;
import dev.backlane.system.support.SteadyLoad;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Statistics, checks and backups of an embedded store that is served and changes all the time.
@Timeout(180)
final class HotBackupTest {
  private static final String TOKEN = "a-token-of-the-operator-of-hot-backups";
  private static final String BACKUP = "/admin/v1/store/backup";
  private static final String CHECK = "/admin/v1/store/check";
  private static final int CALLS_PER_SECOND = 500;

  /// Over 64 KiB, so that the body is a file.
  private static final byte[] LARGE = "0123456789abcdef".repeat(6_000).getBytes(UTF_8);

  @TempDir private Path folder;

  private Path backups() {
    return folder.resolve("backups");
  }

  private String backupDir() {
    return "--store.backup-dir=" + backups();
  }

  /// Executes one call of `/held` at a time, and others at once.
  private TestGateway gateway(String more) {
    return TestGateway.with(
            """
            admin: { token: %s }
            routes: [{ path: /held, concurrency: 1 }]
            %s
            """
                .formatted(TOKEN, more))
        .dataFolder(folder.resolve("original"));
  }

  /// Every second call waits, every tenth has a large body.
  private static SteadyLoad.Call call(int number, String token) {
    var path = number % 2 == 0 ? "/held" : "/quick";
    var body = number % 10 < 2 ? LARGE : "{}".getBytes(UTF_8);
    return new SteadyLoad.Call(path, GatewayConnection.call("POST", path, token, body));
  }

  private static Map<String, Object> awaitEnd(Http admin, String resource) throws Exception {
    return admin.poll(resource, response -> !response.text().contains("\"running\"")).json();
  }

  @Test
  void restoresABackupThatWasMadeUnderLoad() throws Exception {
    var held = new HeldResponse();
    Map<String, String> before;
    var backup = backups().resolve("under-load");
    var original = gateway("retention: 1s\n").flags(backupDir());
    try (original) {
      original.start();
      original.api().on("/held", held);
      var admin = original.http().as(TOKEN);
      var token = original.token(TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT);
      try (var load = new SteadyLoad(original.url(), number -> call(number, token))) {
        load.start(CALLS_PER_SECOND);
        load.awaitAccepted(3 * CALLS_PER_SECOND);
        before = load.accepted();
        long start = System.nanoTime();
        var begun = admin.post(BACKUP, "{\"name\":\"under-load\"}");
        assertThat(begun.status()).as(begun.text()).isEqualTo(202);
        assertThat(awaitEnd(admin, BACKUP))
            .containsEntry("state", "done")
            .containsEntry("directory", backup.toString())
            .containsKeys("startedUtc", "endedUtc");
        System.out.printf(
            Locale.ROOT,
            "accepted during the backup: %.0f calls a second%n",
            (load.accepted().size() - before.size()) / ((System.nanoTime() - start) / 1e9));
        assertThat(admin.post(CHECK, "").status()).isEqualTo(202);
        assertThat(awaitEnd(admin, CHECK)).containsEntry("state", "done");
        load.awaitAccepted(CALLS_PER_SECOND);
        load.stop();
        assertThat(load.refusals()).isEmpty();
      }
      assertThat(admin.get(CHECK).json())
          .containsEntry("problems", 0)
          .containsEntry("lines", List.of());
      assertThat(Files.readString(original.dataFolder().resolve("audit.jsonl")))
          .contains("\"store.backup\"", "\"under-load\"", "\"store.check\"");
    } finally {
      held.release();
    }
    Files.copy(original.dataFolder().resolve("master.key"), backup.resolve("master.key"));
    var checked = GatewayProcess.run("store", "check", "--data=" + backup);
    assertThat(checked.out()).last().asString().endsWith(": no problems");
    assertThat(checked.exitCode()).isZero();
    holdsAll(backup, before);
  }

  /// Serves the backup, and finds each call that waited when it began.
  private void holdsAll(Path backup, Map<String, String> before) throws Exception {
    var waiting =
        before.entrySet().stream()
            .filter(call -> call.getValue().equals("/held"))
            .map(Map.Entry::getKey)
            .toList();
    assertThat(waiting).hasSizeGreaterThan(CALLS_PER_SECOND);
    try (var restored = gateway("").dataFolder(backup).start()) {
      int ended = 0;
      for (var id : waiting) {
        var state = restored.http().stateOf(id);
        assertThat(state.status()).as(id).isEqualTo(200);
        if (!String.valueOf(state.json().get("phase")).equals("held")) {
          assertThat(restored.http().awaitEnd(id).errorMessage()).startsWith("Outcome unknown");
          ended++;
        }
      }
      assertThat(ended).as("calls in flight during the backup").isLessThanOrEqualTo(1);
      assertThat(restored.api().received()).isEmpty();
    }
  }

  @Test
  void refusesABackupThatCannotBeMade() throws Exception {
    var without = gateway("");
    try (without) {
      var refused = without.start().http().as(TOKEN).post(BACKUP, "");
      refused.assertProblem(409, "conflict");
      assertThat(refused.text()).contains("store.backup-dir");
      assertThat(without.http().get(BACKUP).status()).isIn(401, 403);
    }
    try (var gateway = gateway("").flags(backupDir()).start()) {
      var admin = gateway.http().as(TOKEN);
      assertThat(admin.get(BACKUP).json()).isEqualTo(Map.of("state", "none"));
      for (var name : List.of("..", "a/b", "a.partial", "", "a".repeat(101))) {
        admin.post(BACKUP, "{\"name\":\"" + name + "\"}").assertProblem(400, "invalid-request");
      }
      assertThat(admin.post(BACKUP, "{\"name\":\"once\"}").status()).isEqualTo(202);
      assertThat(awaitEnd(admin, BACKUP)).containsEntry("state", "done");
      admin.post(BACKUP, "{\"name\":\"once\"}").assertProblem(409, "conflict");
      assertThat(admin.post(BACKUP, "").status()).isEqualTo(202);
      assertThat(String.valueOf(awaitEnd(admin, BACKUP).get("name")))
          .matches("backlane-\\d{8}T\\d{6}Z");
      assertThat(admin.get("/admin/v1/store/other").status()).isEqualTo(404);
      assertThat(admin.delete("/admin/v1/store/stats").status()).isEqualTo(405);
    }
    try (var memory =
        TestGateway.with("admin: { token: " + TOKEN + " }\n")
            .flags("--store.kind=memory")
            .start()) {
      memory.http().as(TOKEN).post(BACKUP, "").assertProblem(409, "conflict");
      assertThat(memory.http().as(TOKEN).get("/admin/v1/store/stats").status()).isEqualTo(200);
    }
  }

  @Test
  void commandsUseTheGatewayThatServesTheStore() throws Exception {
    var port = "--port=" + ReverseProxy.freePort();
    try (var gateway = gateway("").flags(backupDir(), port).start()) {
      gateway.http().awaitEnd(gateway.http().begin("/quick"));
      var config = "--config=" + gateway.configFile();

      var stats = GatewayProcess.run("store", "stats", config, port);
      assertThat(stats.out()).anyMatch(line -> line.matches("  finished +1"));
      assertThat(stats.exitCode()).isZero();
      assertThat(GatewayProcess.run("store", "check", config, port).out())
          .singleElement()
          .asString()
          .startsWith("checked 1 operations")
          .endsWith("no problems");
      var target = backups().resolve("by-command");
      var backup =
          GatewayProcess.run("store", "backup", "--to=" + target, config, port, backupDir());
      assertThat(backup.exitCode()).as(backup.toString()).isZero();
      assertThat(target.resolve("FORMAT")).exists();

      GatewayProcess.run(
              "store", "backup", "--to=" + folder.resolve("else"), config, port, backupDir())
          .assertRefused("store.backup-dir", target.resolveSibling("else").toString());
      GatewayProcess.run("store", "stats", "--data=" + gateway.dataFolder())
          .assertRefused("in use by another", "admin.token");
    }
  }
}
