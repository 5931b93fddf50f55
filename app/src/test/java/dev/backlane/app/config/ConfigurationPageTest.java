package dev.backlane.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ConfigurationPageTest {
  private static final Path COMMITTED = Path.of("..", "docs", "configuration.md");

  @Test
  void theCommittedPageIsTheCataloguesOwn() throws IOException {
    assertThat(Files.readString(COMMITTED))
        .as(
            "docs/configuration.md is out of date; run: ./backlane config-reference > docs/configuration.md")
        .isEqualTo(ConfigurationPage.markdown());
  }

  @Test
  void thePageHasEverySetting() {
    assertThat(ConfigurationPage.markdown())
        .contains(
            Settings.ALL.stream().map(setting -> "`" + setting.environmentName() + "`").toList());
  }
}
