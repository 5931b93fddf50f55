package dev.backlane.client.documented;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.Backlane;
import dev.backlane.client.FakeApi;
import dev.backlane.client.documented.BackgroundRequestStateDto.StatusEnum;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.OffsetDateTime;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackgroundApiTest {
  private final FakeApi server = new FakeApi();
  private final BackgroundApi api =
      new BackgroundApi(
          new Configuration().setHost(server.uri().toString()).setAccessToken("a-token"));

  @AfterEach
  void stop() {
    server.close();
  }

  private String started() throws Exception {
    var backlane = Backlane.at(server.uri()).build();
    return backlane
        .submit(backlane.request("/invoices").POST(BodyPublishers.ofString("1")).build())
        .id();
  }

  @Test
  void readsStatesWithTypedFields() throws Exception {
    var id = started();

    var started = api.backgroundGetBackgroundApiOperationByrequestId(id);
    var ended = api.backgroundGetBackgroundApiOperationByrequestIdWithHttpInfo(id);

    assertThat(started.getStatus()).isEqualTo(StatusEnum.STARTED);
    assertThat(started.getStatusCode()).isZero();
    assertThat(started.getReceivedUtc())
        .isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:00.123Z"));
    assertThat(started.getStartedUtc()).isEqualTo(OffsetDateTime.parse("2026-01-31T12:00:01Z"));
    assertThat(started.getFinishedUtc()).isNull();
    assertThat(started.getHasRequestContent()).isTrue();
    assertThat(ended.getStatusCode()).isEqualTo(200);
    assertThat(ended.getData().getStatus()).isEqualTo(StatusEnum.FINISHED);
    assertThat(ended.getData().getResponseHeaders()).containsEntry("X-Invoice", "7");
  }

  @Test
  void readsTheContentByteForByte() throws Exception {
    var id = started();

    assertThat(api.backgroundGetBackgroundApiOperationContentByrequestId(id))
        .asString()
        .isEqualTo("echo 1");
    try (var stream =
        api.backgroundGetBackgroundApiOperationContentByrequestIdStreamWithHttpInfo(id).getData()) {
      assertThat(stream).hasContent("echo 1");
    }
  }

  @Test
  void reportsRefusalsWithTheirCode() {
    assertCode(403, () -> api.backgroundGetBackgroundApiOperationByrequestId("foreign"));
    assertCode(404, () -> api.backgroundGetBackgroundApiOperationByrequestId("unknown"));
    assertCode(410, () -> api.backgroundGetBackgroundApiOperationContentByrequestId("old"));
    server.valid = token -> false;
    assertCode(401, () -> api.backgroundGetBackgroundApiOperationByrequestId("unknown"));
    server.close();
    assertCode(0, () -> api.backgroundGetBackgroundApiOperationByrequestId("unknown"));
  }

  private static void assertCode(int code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> assertThat(failure.getCode()).isEqualTo(code));
  }
}
