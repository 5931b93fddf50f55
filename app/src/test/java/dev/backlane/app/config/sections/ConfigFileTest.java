package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigFileTest {
  @TempDir Path folder;

  @Test
  void reportsAnUnreadableFileAsTheOnlyProblem() throws Exception {
    assertThat(problemsOf(folder.resolve("none.yaml")))
        .singleElement()
        .asString()
        .contains("does not exist");
    assertThat(problemsOf(folder)).singleElement().asString().contains("is a directory");
    Path latin =
        Files.write(folder.resolve("latin.yaml"), "a: é".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(problemsOf(latin)).singleElement().asString().contains("is not UTF-8 text");
    Path large = Files.write(folder.resolve("large.yaml"), new byte[(1 << 20) + 1]);
    assertThat(problemsOf(large)).singleElement().asString().contains("is longer than 1MiB");
  }

  private List<String> problemsOf(Path file) {
    ConfigSources sources = new ConfigSources(Optional.of(file), Map.of(), List.of());
    return catchThrowableOfType(InvalidConfigException.class, () -> Config.read(sources)).lines();
  }
}
