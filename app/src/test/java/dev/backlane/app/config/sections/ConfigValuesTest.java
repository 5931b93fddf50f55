package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How values are written and parsed.
final class ConfigValuesTest {
  private static final List<Flag> SMALLEST =
      List.of(new Flag("--upstream", "http://127.0.0.1:9000"), new Flag("--auth.mode", "none"));

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"500ms, 500", "5s, 5000", "30m, 1800000", "4h, 14400000", "7d, 604800000"})
  void parsesDurationsWithUnits(String text, long millis) throws Exception {
    assertThat(
            read("upstream: {attempt-timeout: " + text + "}", SMALLEST)
                .routes()
                .otherwise()
                .attemptTimeout())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1000",
    "7B, 7",
    "512KiB, 524288",
    "64MiB, 67108864",
    "1GiB, 1073741824",
    "1TiB, 1099511627776"
  })
  void parsesSizesWithBinaryUnits(String text, long bytes) throws Exception {
    assertThat(
            read("limits: {request-body-max: " + text + "}", SMALLEST)
                .limits()
                .requestBodyBytesMax())
        .isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "http://h.example/, 80, http://h.example",
    "https://h.example/erp/, 80, https://h.example/erp",
    "'', 4711, http://[::1]:4711"
  })
  void derivesThePublicUrlUnlessGiven(String given, int port, String expected) throws Exception {
    List<Flag> flags = new ArrayList<>(SMALLEST);
    flags.add(new Flag("--server.host", "::1"));
    flags.add(new Flag("--auth.allow-insecure", "true"));
    if (!given.isEmpty()) {
      flags.add(new Flag("--server.public-url", given));
    }
    assertThat(read("", flags).server().publicUrlAt(port)).isEqualTo(URI.create(expected));
  }

  private Config read(String text, List<Flag> flags) throws IOException, InvalidConfigException {
    Path file = Files.writeString(folder.resolve("backlane.yaml"), text);
    return Config.read(new ConfigSources(Optional.of(file), Map.of(), flags));
  }
}
