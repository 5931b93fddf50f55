package dev.backlane.system.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.openapi.CallerTokens;
import dev.backlane.protocol.openapi.OpenApi;
import dev.backlane.protocol.openapi.OpenApiSettings;
import dev.backlane.protocol.openapi.Profile;
import dev.backlane.protocol.openapi.Version;
import dev.backlane.system.support.node.NodeTools;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What Spectral and Redocly find in the renderings of `/openapi.json`, and in the document of the
/// admin API, by their recommended rules: nothing. Each rendering is checked with each kind of
/// tokens. A document with a planted fault shows that the linters run.
@Timeout(120)
@EnabledIf(
    value = "dev.backlane.system.support.node.NodeTools#npmIsAvailable",
    disabledReason = "npm is not installed")
final class OpenApiLintTest {
  private static final String PLANTED = "planted.json";
  private static final Map<String, CallerTokens> TOKENS =
      Map.of(
          "none", new CallerTokens.None(),
          "bearer", new CallerTokens.Bearer(List.of("erp")),
          "oauth",
              new CallerTokens.OAuth(
                  List.of("erp", "erp_users"),
                  URI.create("https://login.backlane.dev/token"),
                  Optional.of(URI.create("https://login.backlane.dev/authorize"))));

  @TempDir private static Path folder;

  @BeforeAll
  static void writeDocuments() throws IOException {
    for (var profile : Profile.values()) {
      for (var version : Version.values()) {
        for (var tokens : TOKENS.entrySet()) {
          var name = profile.wire() + "-" + version.wire() + "-" + tokens.getKey() + ".json";
          Files.write(folder.resolve(name), document(profile, version, tokens.getValue()));
        }
      }
    }
    Files.write(
        folder.resolve("admin.json"), OpenApi.admin(URI.create("https://ops.backlane.dev")));
    var planted =
        (ObjectNode)
            JsonMapper.shared()
                .readTree(document(Profile.COMPLETE, Version.V3_1, new CallerTokens.None()));
    planted.withObject("/info").remove("license");
    planted.withObject("/paths/~1v1~1background/get").remove("description");
    Files.write(folder.resolve(PLANTED), JsonMapper.shared().writeValueAsBytes(planted));
  }

  private static byte[] document(Profile profile, Version version, CallerTokens tokens) {
    return OpenApi.document(
        profile,
        version,
        new OpenApiSettings(URI.create("https://api.backlane.dev"), tokens, "x-signature"));
  }

  /// One finding of a linter.
  private record Finding(String file, String rule, String severity) {}

  @Test
  void spectralFindsNothing() throws IOException {
    var arguments =
        new ArrayList<>(
            List.of(
                "lint",
                "--ruleset",
                NodeTools.source("spectral.yaml").toString(),
                "--format",
                "json",
                "--quiet"));
    arguments.addAll(files());
    var ended = NodeTools.run(folder, "spectral", arguments);
    var report = String.join("\n", ended.out());

    assertOnlyPlanted(
        JsonMapper.shared()
            .readTree(report)
            .valueStream()
            .map(each ->
                new Finding(
                    name(each.get("source")),
                    each.get("code").asString(),
                    each.get("severity").asString()))
            .toList(),
        "operation-description");
  }

  @Test
  void redoclyFindsNothing() throws IOException {
    var arguments =
        new ArrayList<>(
            List.of(
                "lint",
                "--config",
                NodeTools.source("redocly.yaml").toString(),
                "--format",
                "json",
                "--max-problems",
                "1000"));
    arguments.addAll(files());
    var ended = NodeTools.run(folder, "redocly", arguments);
    var problems = new ArrayList<JsonNode>();
    // One report for each file.
    try (var reports =
        JsonMapper.shared()
            .readerFor(JsonNode.class)
            .<JsonNode>readValues(String.join("\n", ended.out()))) {
      reports.forEachRemaining(report -> report.get("problems").forEach(problems::add));
    }

    assertOnlyPlanted(
        problems.stream()
            .map(each ->
                new Finding(
                    name(each.at("/location/0/source/ref")),
                    each.get("ruleId").asString(),
                    each.get("severity").asString()))
            .toList(),
        "info-license");
  }

  private static void assertOnlyPlanted(List<Finding> findings, String rule) {
    assertThat(findings).filteredOn(found -> !found.file().equals(PLANTED)).isEmpty();
    assertThat(findings).extracting(Finding::rule).contains(rule);
  }

  private static List<String> files() throws IOException {
    var names = new TreeSet<String>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    assertThat(names)
        .hasSize(Profile.values().length * Version.values().length * TOKENS.size() + 2);
    return List.copyOf(names);
  }

  private static String name(JsonNode path) {
    return String.valueOf(Path.of(path.asString()).getFileName());
  }
}
