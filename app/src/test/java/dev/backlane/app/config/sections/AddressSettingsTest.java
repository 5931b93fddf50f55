package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Addresses and URLs of the gateway and of its upstream, and what may be open on them.
final class AddressSettingsTest {
  private static final List<Flag> SMALLEST =
      List.of(new Flag("--upstream", "http://127.0.0.1:9000"), new Flag("--auth.mode", "none"));

  @TempDir private Path folder;

  @Test
  void acceptsAnUpstreamWithAnUnderscore() throws Exception {
    var flags =
        List.of(
            new Flag("--upstream", "http://my_host:9000"),
            new Flag("--auth.mode", "none"),
            new Flag("--auth.allow-insecure", "true"));
    var config =
        Config.read(sources("server: {public-url: 'http://my_gateway:80/'}", Map.of(), flags));
    assertThat(config.upstream().url()).isEqualTo(URI.create("http://my_host:9000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:9000/path",
        "http://u:p@127.0.0.1:9000",
        "127.0.0.1:9000",
        "http://127.0.0.1:9000?x",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://my_host:0",
        "http://my_host:65536",
        "https://my_host",
        "http://caf\u00e9.example",
        "http://0x7f000001:9000",
        ""
      })
  void refusesAnUpstreamThatIsNotAnotherServer(String url) throws Exception {
    List<Flag> flags = List.of(new Flag("--upstream", url), new Flag("--auth.mode", "none"));
    assertThat(problems("", Map.of(), flags))
        .singleElement()
        .asString()
        .contains("upstream.url")
        .doesNotContain("u:p");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.9.9.9, true",
    "localhost, true",
    "::1, true",
    "192.168.1.5, false",
    "api.example, false"
  })
  void allowsNoAuthenticationOnLoopbackOnly(String host, boolean allowed) throws Exception {
    List<Flag> flags = new ArrayList<>(SMALLEST);
    flags.add(new Flag("--server.host", host));
    if (!allowed) {
      assertThat(problems("", Map.of(), flags))
          .singleElement()
          .asString()
          .contains("auth.mode", "is not a loopback address");
      flags.add(new Flag("--auth.allow-insecure", "true"));
    }
    assertThat(read("", Map.of(), flags).auth()).isEqualTo(new AuthSection.None(!allowed));
  }

  @ParameterizedTest
  @CsvSource({
    "server.public-url, http://127.0.0.1:8080, true",
    "server.public-url, http://localhost, true",
    "server.public-url, http://[::1]:8080, true",
    "server.public-url, https://api.example.com, false",
    "server.public-url, http://127.0.0.1.example.com, false",
    "server.public-url, http://192.168.1.5, false",
    "server.public-url, http://my_gateway:8080, false",
    "admin.public-url, https://ops.example.com, false",
    "admin.host, 192.168.1.5, false"
  })
  void countsAsLocalOnlyIfEveryAddressIsLoopback(String key, String value, boolean local)
      throws Exception {
    List<Flag> flags = new ArrayList<>(SMALLEST);
    flags.addAll(List.of(new Flag("--" + key, value), new Flag("--admin.port", "9901")));
    var problem = key + " '";
    if (local) {
      assertThat(read("", Map.of(), flags).local()).isTrue();
      return;
    }
    assertThat(problems("", Map.of(), flags))
        .singleElement()
        .asString()
        .contains("auth.mode: is none while " + problem, "is not a loopback address");
    flags.add(new Flag("--auth.allow-insecure", "true"));
    assertThat(read("", Map.of(), flags).local()).isFalse();
    flags.add(new Flag("--admin.open", "true"));
    assertThat(problems("", Map.of(), flags))
        .singleElement()
        .asString()
        .contains("admin.open: is true while " + problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin.token", "admin.metrics-token"})
  void requiresLongTokensOfOperators(String key) throws Exception {
    var longest = "x".repeat(31);
    for (String bad : List.of("hunter2", longest, longest + " y", longest + "ö", "x ".repeat(32))) {
      var flags = with(SMALLEST, key, bad);
      assertThat(problems("", Map.of(), flags))
          .singleElement()
          .asString()
          .contains(
              key + ": the value has the wrong form; give at least 32 letters", "openssl rand")
          .doesNotContain(bad);
    }
    for (String good : List.of("x".repeat(32), "aB0-._~+/".repeat(4) + "==", "")) {
      read("", Map.of(), with(SMALLEST, key, good));
    }
  }

  private static List<Flag> with(List<Flag> flags, String key, String value) {
    var all = new ArrayList<>(flags);
    all.add(new Flag("--" + key, value));
    return all;
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
