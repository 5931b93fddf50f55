package dev.backlane.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.TarImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgramImageTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private Path program;
  private Path base;

  @BeforeEach
  void writeProgramAndBase() throws Exception {
    program = folder.resolve("program");
    for (var file :
        List.of(
            "runtime/bin/java",
            "app/lib/library.jar",
            "app/native/library.so",
            "app/backlane.jar",
            "app/backlane.aot",
            "bin/backlane")) {
      var path = program.resolve(file);
      Files.createDirectories(Objects.requireNonNull(path.getParent()));
      Files.writeString(path, "content of " + file);
    }
    for (var executable : List.of("runtime/bin/java", "bin/backlane")) {
      Files.setPosixFilePermissions(
          program.resolve(executable), PosixFilePermissions.fromString("rwx------"));
    }
    Files.writeString(folder.resolve("LICENSE"), "license");
    base = folder.resolve("base.tar");
    Jib.fromScratch()
        .containerize(
            Containerizer.to(TarImage.at(base).named("base"))
                .setOfflineMode(true)
                .setBaseImageLayersCache(folder.resolve("base-cache"))
                .setApplicationLayersCache(folder.resolve("base-layers")));
  }

  private Path write(String name) throws Exception {
    var file = folder.resolve(name + ".tar");
    new ProgramImage(program, folder.resolve("LICENSE"), TIME, "1.2.3")
        .write(base, Files.createDirectory(folder.resolve("work-" + name)), file);
    return file;
  }

  @Test
  void configuresTheContainer() throws Exception {
    var configuration = Image.read(write("image")).configuration();

    assertThat(configuration.at("/architecture").asText()).isEqualTo("amd64");
    assertThat(configuration.at("/created").asText()).isEqualTo(TIME.toString());
    var container = configuration.at("/config");
    assertThat(container.at("/User").asText()).isEqualTo("10001:10001");
    assertThat(container.at("/WorkingDir").asText()).isEqualTo("/var/lib/backlane");
    assertThat(container.at("/Volumes").has("/var/lib/backlane")).isTrue();
    assertThat(container.at("/ExposedPorts").has("8080/tcp")).isTrue();
    assertThat(container.at("/Entrypoint")).hasToString("[\"/opt/backlane/bin/backlane\"]");
    assertThat(container.at("/Cmd")).hasToString("[\"serve\"]");
    assertThat(container.at("/Env"))
        .extracting(JsonNode::asText)
        .contains("BACKLANE_SERVER_HOST=0.0.0.0", "BACKLANE_JAVA_OPTS=-XX:MaxRAMPercentage=60");
    var labels = container.at("/Labels");
    assertThat(labels.path("org.opencontainers.image.version").asText()).isEqualTo("1.2.3");
    assertThat(labels.path("org.opencontainers.image.licenses").asText()).isEqualTo("Apache-2.0");
  }

  @Test
  void keepsWhatSeldomChangesInEarlierLayers() throws Exception {
    var layers = Image.read(write("image")).layers();

    assertThat(layers).hasSize(3);
    assertThat(layers.get(0)).containsKey("opt/backlane/runtime/bin/java");
    assertThat(layers.get(1))
        .containsKeys("opt/backlane/app/lib/library.jar", "opt/backlane/app/native/library.so")
        .doesNotContainKey("opt/backlane/app/backlane.jar");
    assertThat(layers.get(2))
        .containsKeys(
            "opt/backlane/app/backlane.jar",
            "opt/backlane/app/backlane.aot",
            "opt/backlane/bin/backlane",
            "opt/backlane/LICENSE");
  }

  @Test
  void givesFilesTheirTimeOwnerAndMode() throws Exception {
    var files = new HashMap<String, TarArchiveEntry>();
    Image.read(write("image")).layers().forEach(files::putAll);

    var jar = Objects.requireNonNull(files.get("opt/backlane/app/backlane.jar"));
    assertThat(jar.getLastModifiedTime().toInstant()).isEqualTo(TIME);
    assertThat(jar.getMode() & 0777).isEqualTo(0644);
    assertThat(jar.getLongUserId()).isZero();
    var launcher = Objects.requireNonNull(files.get("opt/backlane/bin/backlane"));
    assertThat(launcher.getMode() & 0777).isEqualTo(0755);
    var data = Objects.requireNonNull(files.get("var/lib/backlane/"));
    assertThat(data.getMode() & 0777).isEqualTo(0700);
    assertThat(data.getLongUserId()).isEqualTo(10001);
    assertThat(data.getLongGroupId()).isEqualTo(10001);
  }

  @Test
  void writesSameImageForSameFiles() throws Exception {
    var first = write("first");
    // Later times, since the files are written again.
    writeProgramAndBase();
    assertThat(write("second")).hasSameBinaryContentAs(first);
  }

  /// An OCI image layout in an archive.
  private record Image(JsonNode configuration, List<Map<String, TarArchiveEntry>> layers) {
    static Image read(Path file) throws IOException {
      var blobs = new HashMap<String, byte[]>();
      try (var archive = new TarArchiveInputStream(Files.newInputStream(file))) {
        for (var entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
          blobs.put(entry.getName(), archive.readAllBytes());
        }
      }
      var index = JSON.readTree(blobs.get("index.json"));
      var manifest = JSON.readTree(blob(blobs, index.at("/manifests/0")));
      var layers = new ArrayList<Map<String, TarArchiveEntry>>();
      for (var layer : manifest.at("/layers")) {
        layers.add(entries(new GZIPInputStream(new ByteArrayInputStream(blob(blobs, layer)))));
      }
      return new Image(JSON.readTree(blob(blobs, manifest.at("/config"))), layers);
    }

    private static byte[] blob(Map<String, byte[]> blobs, JsonNode descriptor) {
      var name = "blobs/" + descriptor.path("digest").asText().replace(':', '/');
      return Objects.requireNonNull(blobs.get(name), name);
    }

    private static Map<String, TarArchiveEntry> entries(InputStream layer) throws IOException {
      var entries = new LinkedHashMap<String, TarArchiveEntry>();
      try (var archive = new TarArchiveInputStream(layer)) {
        for (var entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
          entries.put(entry.getName(), entry);
        }
      }
      return entries;
    }
  }
}
