package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// CONTRACT 2.2: credentials of a stored request are sealed at rest, and shown nowhere.
public final class SealedCredentialsStatements {
  private static final String COOKIE = "session=q7TfK2mZx9RbLw4HsYcUe0Vd";
  private static final String MARK = "plain-Jp3Nf8Gt1Xa6Bo5Ei";

  private final TestGateway stand;
  private final Http http;

  public SealedCredentialsStatements(TestGateway stand) {
    this.stand = stand;
    this.http = stand.http();
  }

  public List<Statement> rows() {
    return List.of(
        new Statement(
            "Authorization and cookies of the stored request are not in the bytes of the data directory",
            () ->
                whileStored(
                    "/sealed/disk",
                    _ -> {
                      // What is not sealed is found, so what is not found is sealed.
                      assertThat(onDisk(MARK)).isNotEmpty();
                      assertThat(onDisk(COOKIE.substring(8))).isEmpty();
                      assertThat(onDisk(signature())).isEmpty();
                      assertThat(onDisk(http.token())).isEmpty();
                    })),
        new Statement(
            "Authorization and cookies are in no answer of the API",
            () ->
                whileStored(
                    "/sealed/api",
                    id -> {
                      for (var answer :
                          List.of(
                              http.stateOf(id), http.get("/v1/background"), http.contentOf(id))) {
                        assertSilent(answer.headers().map() + answer.text());
                      }
                    })),
        new Statement(
            "Authorization and cookies are not in the log",
            () ->
                whileStored("/sealed/log", _ -> assertSilent(stand.gateway().lines().toString()))),
        new Statement(
            "what was sealed reaches the upstream as it was",
            () -> {
              http.awaitEnd(http.begin("/sealed/sent", "Cookie", COOKIE));
              var received = stand.api().received("/sealed/sent").getFirst();
              assertThat(received.values("Cookie")).containsExactly(COOKIE);
              assertThat(received.values("Authorization"))
                  .containsExactly("Bearer " + http.token());
            }),
        new Statement(
            "credentials for a proxy end at this one, replayed as proxied",
            () -> {
              http.awaitEnd(
                  http.rawBegin(
                      "GET /sealed/proxy HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n", ""));
              assertThat(
                      stand
                          .api()
                          .received("/sealed/proxy")
                          .getFirst()
                          .values("Proxy-Authorization"))
                  .isEmpty();
            }));
  }

  /// What holds while an operation with credentials is stored.
  @FunctionalInterface
  private interface OfOperation {
    void check(String id) throws Exception;
  }

  private void whileStored(String path, OfOperation holds) throws Exception {
    var gate = new HeldResponse();
    stand.api().on(path, gate);
    var id = http.begin(path, "Cookie", COOKIE, "X-Mark", MARK);
    gate.awaitRequest();
    holds.check(id);
    gate.open();
    http.awaitEnd(id);
    holds.check(id);
  }

  private void assertSilent(String shown) {
    assertThat(shown)
        .doesNotContain(COOKIE.substring(8))
        .doesNotContain(signature())
        .doesNotContain(http.token());
  }

  /// The last part of the token, which only the token's holder has.
  private String signature() {
    return http.token().substring(http.token().lastIndexOf('.') + 1);
  }

  private List<Path> onDisk(String text) throws IOException {
    try (var files = Files.walk(stand.dataFolder())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> content(file).contains(text))
          .toList();
    }
  }

  private static String content(Path file) {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (IOException gone) {
      // A file that the store has just removed holds nothing.
      return "";
    }
  }
}
