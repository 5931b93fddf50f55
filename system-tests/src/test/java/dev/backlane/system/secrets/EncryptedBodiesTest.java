package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `store.encrypt`: no body, small or large, is stored in clear, and responses are unchanged.
@Timeout(120)
final class EncryptedBodiesTest {
  private static final String MARK = "marker-of-a-body-3f9c1b7e";
  private static final int LARGE = 300_000;

  @Test
  void storesNoBodyInClear() throws Exception {
    try (var gateway = TestGateway.with("").flags("--store.encrypt=true").start()) {
      var small = MARK;
      var large = MARK + "x".repeat(LARGE) + MARK;
      var ids = new ArrayList<String>();
      for (var body : List.of(small, large)) {
        ids.add(gateway.http().beginWith("POST", "/echo", body));
      }
      for (int i = 0; i < 2; i++) {
        gateway.http().awaitEnd(ids.get(i));
        assertThat(gateway.http().contentOf(ids.get(i)).text()).isEqualTo(i == 0 ? small : large);
      }
      var part =
          gateway.http().contentOf(ids.get(1), "Range", "bytes=" + (MARK.length() + LARGE) + "-");
      assertThat(part.status()).isEqualTo(206);
      assertThat(part.text()).isEqualTo(MARK);
      assertThat(gateway.api().received("/echo"))
          .extracting(request -> new String(request.body(), UTF_8))
          .containsExactlyInAnyOrder(small, large);

      assertThat(filesWith(gateway.dataFolder())).isEmpty();
      gateway.crash();
      assertThat(filesWith(gateway.dataFolder())).isEmpty();
      gateway.restart();
      assertThat(gateway.http().contentOf(ids.get(1)).text()).isEqualTo(large);
    }
  }

  @Test
  @DisplayName("without encryption, the search finds a body on disk")
  void findsBodyOnDiskWithoutEncryption() throws Exception {
    try (var gateway = TestGateway.with("").start()) {
      gateway.http().awaitEnd(gateway.http().beginWith("POST", "/echo", MARK + "y".repeat(LARGE)));
      assertThat(filesWith(gateway.dataFolder())).isNotEmpty();
    }
  }

  private static List<Path> filesWith(Path folder) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(MARK)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
