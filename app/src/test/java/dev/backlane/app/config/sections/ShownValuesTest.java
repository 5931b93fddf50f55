package dev.backlane.app.config.sections;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.ShownValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configuration as operators read it: complete, with the place of each value, and without a
/// secret.
final class ShownValuesTest {
  private static final String TOKEN = "hunter2-hunter2-hunter2-hunter2-hunter2";
  private static final String SIGNING_SECRET = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==";
  private static final String MASTER_KEY = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=";

  @TempDir private Path folder;

  private Map<String, ShownValue> shown() throws Exception {
    var file =
        Files.writeString(
            folder.resolve("backlane.yaml"),
            """
            server: { port: 8081 }
            auth: { mode: none }
            store: { kind: rocksdb, master-key: %s }
            webhooks: { allow-cidrs: [127.0.0.0/8, 10.0.0.0/8] }
            subscriptions:
              - { client: robot, url: "http://127.0.0.1:1/a?token=hunter2", secret: %s }
            """
                .formatted(MASTER_KEY, SIGNING_SECRET));
    var config =
        Config.read(
            new ConfigSources(
                Optional.of(file),
                Map.of("BACKLANE_ADMIN_TOKEN", TOKEN),
                List.of(new Flag("--upstream", "http://127.0.0.1:9000"))));
    return config.shown().stream().collect(toMap(value -> value.setting().key(), value -> value));
  }

  @Test
  void showsEverySettingWithItsPlace() throws Exception {
    var shown = shown();

    assertThat(shown).hasSize(Config.SETTINGS.size());
    assertThat(shown.get("server.port"))
        .returns("8081", ShownValue::value)
        .satisfies(value -> assertThat(value.origin()).contains("backlane.yaml:1:"));
    assertThat(shown.get("upstream.url"))
        .returns("http://127.0.0.1:9000", ShownValue::value)
        .returns("flag --upstream", ShownValue::origin);
    assertThat(shown.get("webhooks.allow-cidrs"))
        .returns("[127.0.0.0/8, 10.0.0.0/8]", ShownValue::value);
    assertThat(shown.get("retention"))
        .returns("24h", ShownValue::value)
        .returns("", ShownValue::origin);
  }

  @Test
  void masksSecrets() throws Exception {
    var shown = shown();

    assertThat(shown.toString()).doesNotContain("hunter2", TOKEN, SIGNING_SECRET, MASTER_KEY);
    assertThat(shown.get("admin.token"))
        .returns(ShownValue.MASK, ShownValue::value)
        .returns("environment BACKLANE_ADMIN_TOKEN", ShownValue::origin);
    assertThat(shown.get("store.master-key")).returns(ShownValue.MASK, ShownValue::value);
    assertThat(shown.get("subscriptions"))
        .extracting(ShownValue::value)
        .asString()
        .startsWith("[{ client: robot, url: http://127.0.0.1:1/a?" + ShownValue.MASK)
        .endsWith("secret: " + ShownValue.MASK + " }]");
    assertThat(shown.get("admin.metrics-token")).returns("", ShownValue::value);
  }
}
