package dev.backlane.system.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No spelling of a path gets a laxer rule of `routes` or escapes a limit, and each reaches the
/// upstream as it was received.
@Timeout(60)
final class OddPathsTest {
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          """
          routes:
            - { path: "/v1/reports/**", repeatable: true, max-attempts: 3 }
            - { path: "/v1/slow/**", concurrency: 1 }
          execution: { backoff-initial: 1ms, backoff-max: 2ms }
          """);

  private final Http http = gateway.http();

  private String begin(String path) throws IOException {
    return http.rawBegin("POST " + path + " HTTP/1.1\r\nContent-Length: 0\r\n", "");
  }

  @Test
  void repeatsTheUsualSpelling() throws Exception {
    gateway.api().on("/v1/reports/1", RecordingApi.breaking());
    http.awaitEnd(begin("/v1/reports/1"));
    assertThat(gateway.api().received("/v1/reports/1")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/reports/../invoice/1/release",
        "/v1/reports/..%2finvoice/1/release",
        "/v1/reports/..;/invoice/1/release",
        "/v1/reports/%2e%2e/invoice/1/release",
        "/v1/reports/..%5Cinvoice/1/release",
        "/v1/reports/..\\invoice/1/release",
        "/v1/reports/%252e%252e/invoice/1/release",
        "/v1/%72eports/1",
        "/v1//reports/1",
      })
  void sendsAnOddSpellingOnce(String path) throws Exception {
    gateway.api().on(path, RecordingApi.breaking());
    var state = http.awaitEnd(begin(path));
    assertThat(state.errorMessage()).startsWith("Outcome unknown");
    assertThat(gateway.api().received(path)).hasSize(1);
  }

  /// A call that could start would be `running` when its 202 is sent.
  @Test
  void countsOddSpellingsTowardsTheLimit() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/v1/slow/1", held);
    var ids = new ArrayList<String>();
    ids.add(begin("/v1/slow/1"));
    held.awaitRequest();
    for (var path :
        List.of(
            "/v1//slow/1",
            "/v1/%73low/2",
            "/v1/SLOW/2",
            "/v1/./slow/3",
            "/v1/x/../slow/4",
            "//v1/slow/5",
            "/v1/slow;x=1/6",
            "/v1%2Fslow/7",
            "/v1\\slow\\8",
            "/v1/slow/../9")) {
      var id = begin(path);
      assertThat(http.stateOf(id).state().phase()).as(path).isEqualTo(Phase.QUEUED);
      ids.add(id);
    }
    var other = begin("/v1/slower/1");
    assertThat(http.awaitEnd(other).statusCode()).isEqualTo(200);
    held.release();
    for (var id : ids) {
      assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
    }
  }
}
