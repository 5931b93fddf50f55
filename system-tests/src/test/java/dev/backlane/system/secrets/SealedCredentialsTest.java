package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 2.2: credentials of a stored request are sealed at rest and appear in no output.
@Timeout(60)
final class SealedCredentialsTest {
  private static final String COOKIE = "session=q7TfK2mZx9RbLw4HsYcUe0Vd";
  private static final String MARK = "plain-Jp3Nf8Gt1Xa6Bo5Ei";

  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  private final Http http = gateway.http();

  @Test
  @DisplayName(
      "Authorization and cookies of a stored request are not in the bytes of the data directory")
  void areNotInDataDirectory() throws Exception {
    whileStored(
        "/sealed/disk",
        _ -> {
          // The search finds unsealed text, so a secret that it does not find is sealed.
          assertThat(onDisk(MARK)).isNotEmpty();
          assertThat(onDisk(COOKIE.substring(8))).isEmpty();
          assertThat(onDisk(signature())).isEmpty();
          assertThat(onDisk(http.token())).isEmpty();
        });
  }

  @Test
  @DisplayName("Authorization and cookies appear in no response of the API")
  void areInNoResponse() throws Exception {
    whileStored(
        "/sealed/api",
        id -> {
          for (var response :
              List.of(http.stateOf(id), http.get("/v1/background"), http.contentOf(id))) {
            assertContainsNoCredentials(response.headers().map() + response.text());
          }
        });
  }

  @Test
  @DisplayName("Authorization and cookies are not in the log")
  void areNotInLog() throws Exception {
    whileStored(
        "/sealed/log", _ -> assertContainsNoCredentials(gateway.process().lines().toString()));
  }

  @Test
  @DisplayName("sealed credentials reach the upstream unchanged")
  void reachUpstreamUnchanged() throws Exception {
    http.awaitEnd(http.begin("/sealed/sent", "Cookie", COOKIE));
    var received = gateway.api().received("/sealed/sent").getFirst();
    assertThat(received.values("Cookie")).containsExactly(COOKIE);
    assertThat(received.values("Authorization")).containsExactly("Bearer " + http.token());
  }

  @Test
  @DisplayName("Proxy-Authorization is not replayed")
  void dropsProxyCredentials() throws Exception {
    http.awaitEnd(
        http.rawBegin("GET /sealed/proxy HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n", ""));
    assertThat(gateway.api().received("/sealed/proxy").getFirst().values("Proxy-Authorization"))
        .isEmpty();
  }

  /// A condition while an operation with credentials is stored.
  @FunctionalInterface
  private interface OfOperation {
    void check(String id) throws Exception;
  }

  private void whileStored(String path, OfOperation holds) throws Exception {
    var held = new HeldResponse();
    gateway.api().on(path, held);
    var id = http.begin(path, "Cookie", COOKIE, "X-Mark", MARK);
    held.awaitRequest();
    holds.check(id);
    held.release();
    http.awaitEnd(id);
    holds.check(id);
  }

  private void assertContainsNoCredentials(String shown) {
    assertThat(shown)
        .doesNotContain(COOKIE.substring(8))
        .doesNotContain(signature())
        .doesNotContain(http.token());
  }

  /// The signature of the token.
  private String signature() {
    return http.token().substring(http.token().lastIndexOf('.') + 1);
  }

  private List<Path> onDisk(String text) throws IOException {
    try (var files = Files.walk(gateway.dataFolder())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> content(file).contains(text))
          .toList();
    }
  }

  private static String content(Path file) {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (IOException e) {
      // The store has just deleted the file.
      return "";
    }
  }
}
