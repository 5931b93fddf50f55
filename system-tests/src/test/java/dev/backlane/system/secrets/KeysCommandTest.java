package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `backlane keys` on the data of a gateway with queued calls.
@Timeout(120)
final class KeysCommandTest {
  private static final String COOKIE = "session=q7TfK2mZx9RbLw4HsYcUe0Vd";

  /// The token of all calls, which stays valid across restarts of the gateway.
  private String token = "";

  private final List<PlantedSecret> secrets = new ArrayList<>();
  private final List<String> shown = new ArrayList<>();

  private static TestGateway gateway() {
    return TestGateway.with("execution: { concurrency: 1, drain-timeout: 0ms }\n").start();
  }

  /// Stops a gateway that has a queued call.
  ///
  /// @return the call's id
  private String stopWithQueuedCall(TestGateway gateway) throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/holding", held);
    gateway.http().begin("/holding");
    held.awaitRequest();
    token = gateway.http().token();
    var id = http(gateway).begin("/waiting", "Cookie", COOKIE);
    secrets.add(PlantedSecret.of("the token", token));
    secrets.add(PlantedSecret.of("the cookie", COOKIE));
    rememberMasterKey(gateway);
    gateway.process().terminate();
    assertThat(gateway.process().awaitEnd().exitCode()).isZero();
    shown.addAll(gateway.process().lines());
    held.release();
    assertThat(gateway.api().received("/waiting")).isEmpty();
    return id;
  }

  private Http http(TestGateway gateway) {
    return gateway.http().as(token);
  }

  private void rememberMasterKey(TestGateway gateway) throws IOException {
    var text = masterKey(gateway);
    secrets.add(PlantedSecret.of("a master key", text));
    var hex = HexFormat.of().formatHex(Base64.getDecoder().decode(text));
    secrets.add(PlantedSecret.of("a master key's bytes", hex));
  }

  private static String masterKey(TestGateway gateway) throws IOException {
    return Files.readString(gateway.dataFolder().resolve("master.key")).strip();
  }

  private Ended keys(TestGateway gateway, String... arguments) {
    var command = new ArrayList<String>(List.of("keys"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--config", gateway.configFile().toString()));
    var ended = GatewayProcess.run(command.toArray(String[]::new));
    shown.addAll(ended.out());
    shown.addAll(ended.err());
    return ended;
  }

  private List<String> listed(TestGateway gateway) {
    var ended = keys(gateway, "list");
    assertThat(ended.exitCode()).as(ended.toString()).isZero();
    return ended.out();
  }

  /// Asserts that the call was made once, with its token and cookie.
  private void assertMade(TestGateway gateway, String id, String path) throws Exception {
    assertThat(http(gateway).awaitEnd(id).statusCode()).isEqualTo(200);
    var received = gateway.api().received(path);
    assertThat(received).hasSize(1);
    assertThat(received.getFirst().values("Authorization")).containsExactly("Bearer " + token);
    assertThat(received.getFirst().values("Cookie")).containsExactly(COOKIE);
  }

  private void assertNothingShown(TestGateway gateway) {
    shown.addAll(gateway.process().lines());
    assertThat(shown).isNotEmpty();
    for (var secret : secrets) {
      assertThat(secret.in(String.join("\n", shown))).isEmpty();
    }
  }

  private static List<Path> filesWith(Path folder, String text) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  @Test
  void makesQueuedCallsAfterRotationOfAllKeys() throws Exception {
    try (var gateway = gateway()) {
      var id = stopWithQueuedCall(gateway);
      var before = masterKey(gateway);
      var old = listed(gateway);
      assertThat(old).as("the key of the spool directory, and that of the tenant").hasSize(2);
      assertThat(old.getLast()).contains(TestGateway.TENANT).endsWith("  current");

      var rotated = keys(gateway, "rotate", "--data-keys");
      assertThat(rotated.exitCode()).as(rotated.toString()).isZero();
      assertThat(rotated.out())
          .containsExactly(
              "created 2 new data keys",
              "wrapped 4 data keys with a new master key; back up "
                  + gateway.dataFolder().resolve("master.key"));
      rememberMasterKey(gateway);
      assertThat(masterKey(gateway)).isNotEqualTo(before);
      assertThat(filesWith(gateway.dataFolder(), before)).isEmpty();
      assertThat(listed(gateway))
          .hasSize(4)
          .contains(
              old.getFirst().replace("  current", "  for older data"),
              old.getLast().replace("  current", "  for older data"))
          .filteredOn(line -> line.endsWith("  current"))
          .hasSize(2)
          .anyMatch(line -> line.contains(TestGateway.TENANT));

      gateway.restart();
      assertMade(gateway, id, "/waiting");
      assertMade(gateway, http(gateway).begin("/later", "Cookie", COOKIE), "/later");
      assertNothingShown(gateway);
    }
  }

  @Test
  void rotatesOnlyMasterKey() throws Exception {
    try (var gateway = gateway()) {
      var id = stopWithQueuedCall(gateway);
      var before = masterKey(gateway);
      var old = listed(gateway);
      assertThat(keys(gateway, "rotate").out())
          .singleElement()
          .asString()
          .startsWith("wrapped 2 data keys with a new master key");
      rememberMasterKey(gateway);
      assertThat(listed(gateway)).isEqualTo(old);
      gateway.restart();
      assertMade(gateway, id, "/waiting");
      gateway.process().terminate();
      assertThat(gateway.process().awaitEnd().exitCode()).isZero();

      Files.writeString(gateway.dataFolder().resolve("master.key"), before);
      GatewayProcess.run("serve", "--config", gateway.configFile().toString())
          .assertRefused("was sealed with the master key");
      assertNothingShown(gateway);
    }
  }

  @Test
  void replacesConfiguredMasterKey() throws Exception {
    try (var gateway = gateway()) {
      var id = stopWithQueuedCall(gateway);
      var old = listed(gateway);
      var configured =
          Base64.getEncoder()
              .encodeToString("0123456789abcdef0123456789abcdef".getBytes(ISO_8859_1));
      secrets.add(PlantedSecret.of("the configured master key", configured));
      var config = Files.readString(gateway.configFile());
      var withKey = config.replace("store:\n", "store:\n  master-key: \"" + configured + "\"\n");
      Files.writeString(
          gateway.configFile(),
          withKey.replace(
              "store:\n", "store:\n  previous-master-key: \"" + masterKey(gateway) + "\"\n"));
      gateway.restart();
      assertMade(gateway, id, "/waiting");
      gateway.process().terminate();
      assertThat(gateway.process().awaitEnd().exitCode()).isZero();

      Files.writeString(gateway.configFile(), withKey);
      assertThat(listed(gateway)).isEqualTo(old);
      keys(gateway, "rotate").assertRefused("store.master-key", "store.previous-master-key");
      assertThat(listed(gateway)).isEqualTo(old);

      var renewed = keys(gateway, "rotate", "--data-keys");
      assertThat(renewed.exitCode()).as(renewed.toString()).isZero();
      assertThat(renewed.out()).containsExactly("created 2 new data keys");
      assertThat(listed(gateway)).hasSize(4);
      assertNothingShown(gateway);
    }
  }

  @Test
  void refusesDataOfRunningGateway() throws Exception {
    try (var gateway = gateway()) {
      token = gateway.http().token();
      assertMade(gateway, http(gateway).begin("/first", "Cookie", COOKIE), "/first");
      var before = masterKey(gateway);
      for (String action : List.of("list", "rotate")) {
        keys(gateway, action)
            .assertRefused(gateway.dataFolder() + " is in use by another Backlane process");
      }
      assertThat(masterKey(gateway)).isEqualTo(before);
      assertMade(gateway, http(gateway).begin("/second", "Cookie", COOKIE), "/second");
    }
  }

  @Test
  void reportsWrongUsageInOneLine() {
    GatewayProcess.run("keys", "lsit")
        .assertRefused("lsit", "list", "rotate", "See backlane keys --help");
    GatewayProcess.run("keys").assertRefused("list|rotate", "see backlane keys --help");
    GatewayProcess.run(
            "keys",
            "list",
            "--store.kind=memory",
            "--upstream=http://a.example",
            "--auth.mode=none")
        .assertRefused("store.kind memory has no stored keys");
  }
}
