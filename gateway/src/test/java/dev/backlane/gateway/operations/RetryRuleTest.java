package dev.backlane.gateway.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.engine.operation.history.PastAttempt.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryRuleTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30Z");

  private static Operation ended(State state, Result... attempts) {
    return new Operation(
        OperationId.lowest(NOW),
        new Caller("tenant", "client", ""),
        new Request("POST", "/call", List.of(), 0),
        "http://localhost",
        new Notification.None(),
        "",
        Optional.empty(),
        SealedCredentials.NONE,
        state,
        2,
        Optional.empty(),
        List.of(attempts).stream()
            .map(result ->
                new PastAttempt(1, Optional.of(NOW), Duration.ZERO, result, 0, "", "node", false))
            .toList());
  }

  private static boolean mustConfirm(State state, Result... attempts) {
    return RetryRule.confirmation(ended(state, attempts), false).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "200, true",
    "204, true",
    "302, true",
    "400, false",
    "429, false",
    "500, false",
    "502, true",
    "503, false",
    "504, true",
  })
  void asksIfTheResponseMayMeanAnEffect(int status, boolean asks) {
    var finished = new State.Finished(1, Optional.of(NOW), NOW, new Response(status, List.of(), 0));
    assertThat(mustConfirm(finished)).isEqualTo(asks);
    assertThat(RetryRule.confirmation(ended(finished), true)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "OUTCOME_UNKNOWN, true",
    "INTERNAL, true",
    "CONTENT_DAMAGED, true",
    "RESPONSE_TOO_LARGE, true",
    "UPSTREAM_UNREACHABLE, false",
    "DEADLINE_EXCEEDED, false",
    "CREDENTIALS_EXPIRED, false",
  })
  void asksIfAFailureMayHaveHadAnEffect(ErrorCode code, boolean asks) {
    assertThat(mustConfirm(new State.Failed(1, Optional.empty(), NOW, code, "why")))
        .isEqualTo(asks);
  }

  @Test
  void asksIfARunningAttemptWasCanceled() {
    var canceled = new State.Canceled(1, Optional.empty(), NOW, "why");
    assertThat(mustConfirm(canceled)).isFalse();
    assertThat(mustConfirm(canceled, Result.NOT_SENT)).isFalse();
    assertThat(mustConfirm(canceled, Result.ABORTED)).isTrue();
  }
}
