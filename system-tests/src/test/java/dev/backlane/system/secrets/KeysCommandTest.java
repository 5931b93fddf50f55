package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.launcher.CommandStatements;
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

/// `backlane keys`, on the data of a gateway that has calls to make still.
@Timeout(120)
final class KeysCommandTest {
  private static final String COOKIE = "session=q7TfK2mZx9RbLw4HsYcUe0Vd";

  /// What all calls are made with; of the one issuer, so that it holds across starts of the gateway.
  private String token = "";

  private final List<PlantedSecret> secrets = new ArrayList<>();
  private final List<String> shown = new ArrayList<>();

  private static TestGateway stand() {
    return TestGateway.open("execution: { concurrency: 1, drain-timeout: 0ms }\n");
  }

  /// Leaves a gateway's data behind with a call in it whose turn has not come.
  ///
  /// @return the call's id
  private String stoppedWithACallThatWaits(TestGateway stand) throws Exception {
    var gate = new HeldResponse();
    stand.api().on("/holding", gate);
    stand.http().begin("/holding");
    gate.awaitRequest();
    token = stand.http().token();
    var id = http(stand).begin("/waiting", "Cookie", COOKIE);
    secrets.add(PlantedSecret.of("the token", token));
    secrets.add(PlantedSecret.of("the cookie", COOKIE));
    learnMasterKey(stand);
    stand.gateway().terminate();
    assertThat(stand.gateway().awaitEnd().exitCode()).isZero();
    shown.addAll(stand.gateway().lines());
    gate.open();
    assertThat(stand.api().received("/waiting")).isEmpty();
    return id;
  }

  private Http http(TestGateway stand) {
    return stand.http().as(token);
  }

  private void learnMasterKey(TestGateway stand) throws IOException {
    var text = masterKey(stand);
    secrets.add(PlantedSecret.of("a master key", text));
    var hex = HexFormat.of().formatHex(Base64.getDecoder().decode(text));
    secrets.add(PlantedSecret.of("a master key's bytes", hex));
  }

  private static String masterKey(TestGateway stand) throws IOException {
    return Files.readString(stand.dataFolder().resolve("master.key")).strip();
  }

  private Ended keys(TestGateway stand, String... arguments) {
    var command = new ArrayList<String>(List.of("keys"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--config", stand.configFile().toString()));
    var ended = GatewayProcess.run(command.toArray(String[]::new));
    shown.addAll(ended.out());
    shown.addAll(ended.err());
    return ended;
  }

  private List<String> listed(TestGateway stand) {
    var ended = keys(stand, "list");
    assertThat(ended.exitCode()).as(ended.toString()).isZero();
    return ended.out();
  }

  /// The call was made once, with the token and the cookie that it came with.
  private void assertMade(TestGateway stand, String id, String path) throws Exception {
    assertThat(http(stand).awaitEnd(id).statusCode()).isEqualTo(200);
    var received = stand.api().received(path);
    assertThat(received).hasSize(1);
    assertThat(received.getFirst().values("Authorization")).containsExactly("Bearer " + token);
    assertThat(received.getFirst().values("Cookie")).containsExactly(COOKIE);
  }

  private void assertNothingShown(TestGateway stand) {
    shown.addAll(stand.gateway().lines());
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
  void callsThatWaitAreMadeWithTheirTokenAfterAllKeysWereChanged() throws Exception {
    try (var stand = stand()) {
      var id = stoppedWithACallThatWaits(stand);
      var before = masterKey(stand);
      var old = listed(stand);
      assertThat(old).hasSize(1);
      assertThat(old.getFirst()).contains(TestGateway.TENANT).endsWith("  current");

      var rotated = keys(stand, "rotate", "--data-keys");
      assertThat(rotated.exitCode()).as(rotated.toString()).isZero();
      assertThat(rotated.out())
          .containsExactly(
              "made 1 new data keys",
              "wrapped 2 data keys with a new master key; back up "
                  + stand.dataFolder().resolve("master.key"));
      learnMasterKey(stand);
      assertThat(masterKey(stand)).isNotEqualTo(before);
      assertThat(filesWith(stand.dataFolder(), before)).isEmpty();
      assertThat(listed(stand))
          .hasSize(2)
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .isEqualTo(old.getFirst().replace("  current", "  for what is older")),
              line -> assertThat(line).contains(TestGateway.TENANT).endsWith("  current"));

      stand.restart();
      assertMade(stand, id, "/waiting");
      assertMade(stand, http(stand).begin("/later", "Cookie", COOKIE), "/later");
      assertNothingShown(stand);
    }
  }

  @Test
  void theMasterKeyAloneIsChangedWithoutTheDataKeys() throws Exception {
    try (var stand = stand()) {
      var id = stoppedWithACallThatWaits(stand);
      var before = masterKey(stand);
      var old = listed(stand);
      assertThat(keys(stand, "rotate").out())
          .singleElement()
          .asString()
          .startsWith("wrapped 1 data keys with a new master key");
      learnMasterKey(stand);
      assertThat(listed(stand)).isEqualTo(old);
      stand.restart();
      assertMade(stand, id, "/waiting");
      stand.gateway().terminate();
      assertThat(stand.gateway().awaitEnd().exitCode()).isZero();

      Files.writeString(stand.dataFolder().resolve("master.key"), before);
      CommandStatements.refused(
          GatewayProcess.run("serve", "--config", stand.configFile().toString()),
          "was sealed with the master key");
      assertNothingShown(stand);
    }
  }

  @Test
  void aMasterKeyThatIsGivenIsChangedByGivingTheOneUntilNowToo() throws Exception {
    try (var stand = stand()) {
      var id = stoppedWithACallThatWaits(stand);
      var old = listed(stand);
      var given =
          Base64.getEncoder()
              .encodeToString("0123456789abcdef0123456789abcdef".getBytes(ISO_8859_1));
      secrets.add(PlantedSecret.of("the master key that is given", given));
      var config = Files.readString(stand.configFile());
      var withKey = config.replace("store:\n", "store:\n  master-key: \"" + given + "\"\n");
      Files.writeString(
          stand.configFile(),
          withKey.replace(
              "store:\n", "store:\n  previous-master-key: \"" + masterKey(stand) + "\"\n"));
      stand.restart();
      assertMade(stand, id, "/waiting");
      stand.gateway().terminate();
      assertThat(stand.gateway().awaitEnd().exitCode()).isZero();

      Files.writeString(stand.configFile(), withKey);
      assertThat(listed(stand)).isEqualTo(old);
      CommandStatements.refused(
          keys(stand, "rotate"), "store.master-key", "store.previous-master-key");
      assertThat(listed(stand)).isEqualTo(old);

      var renewed = keys(stand, "rotate", "--data-keys");
      assertThat(renewed.exitCode()).as(renewed.toString()).isZero();
      assertThat(renewed.out()).containsExactly("made 1 new data keys");
      assertThat(listed(stand)).hasSize(2);
      assertNothingShown(stand);
    }
  }

  @Test
  void aRunningGatewayKeepsItsKeysToItself() throws Exception {
    try (var stand = stand()) {
      token = stand.http().token();
      assertMade(stand, http(stand).begin("/first", "Cookie", COOKIE), "/first");
      var before = masterKey(stand);
      for (String action : List.of("list", "rotate")) {
        CommandStatements.refused(
            keys(stand, action), stand.dataFolder() + " is in use by another Backlane process");
      }
      assertThat(masterKey(stand)).isEqualTo(before);
      assertMade(stand, http(stand).begin("/second", "Cookie", COOKIE), "/second");
    }
  }

  @Test
  void wrongUsageIsToldInOneLine() {
    CommandStatements.refused(
        GatewayProcess.run("keys", "lsit"), "lsit", "list", "rotate", "see backlane keys --help");
    CommandStatements.refused(
        GatewayProcess.run("keys"), "list|rotate", "see backlane keys --help");
    CommandStatements.refused(
        GatewayProcess.run(
            "keys",
            "list",
            "--store.kind=memory",
            "--upstream=http://a.example",
            "--auth.mode=none"),
        "store.kind memory has no keys that outlive it");
  }
}
