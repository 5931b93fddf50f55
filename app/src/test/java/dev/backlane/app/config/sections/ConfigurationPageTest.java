package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ConfigurationPageTest {
  private static final Path COMMITTED = Path.of("..", "docs", "configuration.md");

  @Test
  void committedPageIsUpToDate() throws IOException {
    assertThat(Files.readString(COMMITTED))
        .as(
            "docs/configuration.md is out of date; run: ./backlane config-reference > docs/configuration.md")
        .isEqualTo(Config.documentation());
  }

  @Test
  void pageDocumentsEverySetting() {
    assertThat(Config.documentation())
        .contains(
            Config.SETTINGS.stream()
                .map(setting -> "`" + setting.environmentName() + "`")
                .toList());
  }
}
