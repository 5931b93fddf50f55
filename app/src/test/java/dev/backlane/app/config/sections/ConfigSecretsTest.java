package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No text that could reach a log or a terminal contains a secret.
final class ConfigSecretsTest {
  private static final String SECRET = "hunter2";
  private static final String TOKEN = "hunter2-hunter2-hunter2-hunter2-hunter2";
  private static final String SIGNING_SECRET = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==";
  private static final List<Flag> SMALLEST =
      List.of(new Flag("--upstream", "http://127.0.0.1:9000"), new Flag("--auth.mode", "none"));

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin: {token: hunter2}",
        "admin: {metrics-token: hunter2}",
        "admin: {token: [hunter2]}",
        "admin: {token: {hunter2: 1}}",
        "admin: {token: ' hunter2'}",
        "admin: {token: *hunter2}",
        "admin: {token: !hunter2 x}",
        "admin: {token: hunter2\nserver: [",
        "webhooks: {default-secret: ' hunter2'}",
        "webhooks: {default-secret: whsec_hunter2!}",
        "upstream: {url: 'http://u:hunter2@a'}",
        "subscriptions: [{client: c, url: 'http://u:hunter2@a', secret: ' hunter2'}]"
      })
  void problemsContainNoSecret(String text) throws Exception {
    assertThat(problems(text, Map.of(), SMALLEST.subList(1, 2)))
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(line.replace("admin.token.hunter2", "")).doesNotContain(SECRET));
  }

  @Test
  void textOfTheConfigurationContainsNoSecret() throws Exception {
    Map<String, String> environment =
        Map.of("BACKLANE_ADMIN_TOKEN", TOKEN, "BACKLANE_WEBHOOKS_DEFAULT_SECRET", SIGNING_SECRET);
    String text = "subscriptions: [{client: c, url: 'http://a', secret: " + SIGNING_SECRET + "}]";
    Config config = read(text, environment, SMALLEST);

    assertThat(config.admin().token()).contains(new Secret(TOKEN));
    assertThat(config.toString())
        .contains("Secret[redacted]")
        .doesNotContain(SECRET, SIGNING_SECRET);
    assertThat(
            new ConfigSources(
                    Optional.empty(), environment, List.of(new Flag("--admin.token", SECRET)))
                .toString())
        .doesNotContain(SECRET);
    assertThat(new Flag("--admin.token", SECRET).toString()).doesNotContain(SECRET);
  }

  private Config read(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException, InvalidConfigException {
    return Config.read(sources(text, environment, flags));
  }

  private List<String> problems(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException {
    ConfigSources sources = sources(text, environment, flags);
    return catchThrowableOfType(InvalidConfigException.class, () -> Config.read(sources)).lines();
  }

  private ConfigSources sources(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException {
    Path file = Files.writeString(folder.resolve("backlane.yaml"), text);
    return new ConfigSources(Optional.of(file), environment, flags);
  }
}
