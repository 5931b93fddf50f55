package dev.backlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.backlane.client.auth.Credentials;
import dev.backlane.client.documented.ApiException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BacklaneTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final FakeApi api = new FakeApi();
  private final Backlane backlane =
      Backlane.at(api.uri())
          .credentials(Credentials.bearer("secret-token"))
          .timeout(TIMEOUT)
          .build();

  @AfterEach
  void stop() {
    api.close();
  }

  private HttpRequest call() {
    return backlane.request("/invoices").POST(BodyPublishers.ofString("ä")).build();
  }

  @Test
  void returnsTheResponseAsIfTheCallHadBeenDirect() throws Exception {
    var response = backlane.send(call(), BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.body()).isEqualTo("echo ä");
    assertThat(response.headers().firstValue("x-invoice")).hasValue("7");
    assertThat(response.uri().getPath()).isEqualTo("/invoices");
    assertThat(api.calls.getFirst()).containsKeys("Erp-api-background", "Idempotency-key");
  }

  @Test
  void returnsAnEmptyBodyForAResponseWithoutContent() throws Exception {
    api.end = "\"status\": \"Finished\", \"statusCode\": 204, \"hasResponseContent\": false";

    var response = backlane.send(call(), BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void submitsAgainUnderTheSameKeyIfTheResponseIsLost() throws Exception {
    api.lostResponses.set(2);

    assertThat(backlane.send(call(), BodyHandlers.discarding()).statusCode()).isEqualTo(201);

    assertThat(api.calls).extracting(call -> call.get("Idempotency-key")).hasSize(3);
    assertThat(api.calls.stream().map(call -> call.get("Idempotency-key")).distinct()).hasSize(1);
  }

  @Test
  void neverSubmitsTwiceWithoutKeys() {
    api.lostResponses.set(1);
    var documented = Backlane.at(api.uri()).idempotencyKeys(false).build();

    assertThatThrownBy(() -> documented.send(call(), BodyHandlers.discarding()))
        .asInstanceOf(type(ApiException.class))
        .satisfies(failure -> assertThat(failure.getCode()).isZero());

    assertThat(api.calls).hasSize(1);
    assertThat(api.calls.getFirst()).doesNotContainKey("Idempotency-key");
  }

  @Test
  void waitsWhileTheServerIsUnavailable() throws Exception {
    api.unavailable.set(2);

    assertThat(backlane.send(call(), BodyHandlers.ofString()).body()).isEqualTo("echo ä");
  }

  @Test
  void usesTheNextTokenAfterARefusal() throws Exception {
    api.valid = "2"::equals;
    var tokens = new AtomicInteger(1);
    var credentials =
        new Credentials() {
          @Override
          public java.util.Optional<String> token() {
            return java.util.Optional.of(Integer.toString(tokens.get()));
          }

          @Override
          public boolean refused(String token) {
            return tokens.incrementAndGet() == 2;
          }
        };

    var response =
        Backlane.at(api.uri())
            .credentials(credentials)
            .build()
            .send(call(), BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(201);
  }

  @Test
  void reportsARefusalWithoutTheToken() {
    api.valid = token -> false;

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString()))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("Submitting POST /invoices was refused with 401")
        .hasMessageNotContaining("secret-token");
    assertThat(backlane.toString()).doesNotContain("secret-token");
  }

  @Test
  void saysWhenTheOutcomeIsUnknown() {
    api.end =
        "\"status\": \"Failed\", \"statusCode\": 0, \"errorMessage\": \"Outcome unknown: reset\"";

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString()))
        .asInstanceOf(type(OperationException.class))
        .satisfies(failure -> {
          assertThat(failure.reason()).isEqualTo(OperationException.Reason.OUTCOME_UNKNOWN);
          assertThat(failure.operationId()).isEqualTo("op-1");
          assertThat(failure).hasMessageContaining("Outcome unknown: reset");
        });
  }

  @Test
  void namesTheIdIfTheOperationHasNotEndedInTime() throws Exception {
    api.polls = Integer.MAX_VALUE;

    assertThatThrownBy(() -> backlane.send(call(), BodyHandlers.ofString(), Duration.ofMillis(300)))
        .asInstanceOf(type(OperationException.class))
        .satisfies(failure -> {
          assertThat(failure.reason()).isEqualTo(OperationException.Reason.NOT_ENDED);
          assertThat(failure).hasMessageContaining("Backlane.resume(\"op-1\")");
        });
    assertThat(backlane.resume("op-1").outcome()).isEmpty();
  }

  @Test
  void reportsEachChangeOnce() throws Exception {
    api.polls = 2;
    var seen = new ArrayList<String>();

    var outcome = backlane.submit(call()).await(TIMEOUT, state -> seen.add(state.status()));

    assertThat(seen).containsExactly("Started", "Finished");
    assertThat(outcome)
        .asInstanceOf(type(Outcome.Responded.class))
        .satisfies(responded -> assertThat(responded.body().text()).isEqualTo("echo ä"));
  }

  @Test
  void refusesToSendItsTokenToAnotherServer() {
    var elsewhere = HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:1/x")).build();

    assertThatThrownBy(() -> backlane.submit(elsewhere))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Build it with Backlane.request");
  }

  @Test
  void endsTheWaitWhenTheFutureIsCanceled() throws Exception {
    api.polls = Integer.MAX_VALUE;
    var future = backlane.submit(call()).awaitAsync(TIMEOUT);

    assertThat(future.cancel(true)).isTrue();

    assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
  }
}
