package dev.backlane.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
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
import org.junit.jupiter.params.provider.EnumSource;

final class OperationCodecTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:15:30.123456Z");
  private static final OperationId ID = OperationId.lowest(NOW);
  private static final OperationId ORIGINAL = OperationId.lowest(NOW.minusSeconds(60));
  private static final State FAILED =
      new State.Failed(
          2, Optional.of(NOW), NOW, ErrorCode.OUTCOME_UNKNOWN, "Outcome unknown: reset");

  private static Operation operation(Optional<OperationId> retryOf, List<PastAttempt> attempts) {
    return new Operation(
        ID,
        new Caller("tenant", "client", "user"),
        new Request("POST", "/call", List.of(), 3),
        "http://localhost",
        new Notification.None(),
        "route",
        Optional.of("reference"),
        SealedCredentials.NONE,
        FAILED,
        7,
        retryOf,
        attempts);
  }

  private static Operation decoded(Operation operation) throws CorruptRecordException {
    return OperationCodec.operation(
        ID,
        OperationCodec.call(operation),
        OperationCodec.progress(OperationCodec.progress(Progress.of(operation))));
  }

  private static PastAttempt attempt(Result result) {
    return new PastAttempt(
        1, Optional.of(NOW), Duration.ofMillis(1_234), result, 503, "é refused", "node-1", true);
  }

  @ParameterizedTest
  @EnumSource
  void storesTheAttempts(Result result) throws Exception {
    var operation = operation(Optional.empty(), List.of(attempt(result), attempt(result)));
    assertThat(decoded(operation)).isEqualTo(operation);
    byte[] progress = OperationCodec.progress(Progress.of(operation));
    assertThat(OperationCodec.version(progress)).isEqualTo(7);
    assertThat(OperationCodec.end(progress)).isEqualTo(OperationCodec.End.FAILED);
  }

  @Test
  void storesTheOriginalOfARetry() throws Exception {
    var operation = operation(Optional.of(ORIGINAL), List.of());
    assertThat(decoded(operation)).isEqualTo(operation);
    assertThat(OperationCodec.caller(OperationCodec.call(operation))).isEqualTo(operation.caller());
  }

  /// The records of an operation without them are those that earlier versions wrote.
  @Test
  void usesTheFirstLayoutWithoutAttemptsAndOriginal() {
    var operation = operation(Optional.empty(), List.of());
    assertThat(OperationCodec.call(operation)[0]).isEqualTo((byte) 1);
    assertThat(OperationCodec.progress(Progress.of(operation))[0]).isEqualTo((byte) 1);
  }

  @Test
  void refusesALaterLayout() {
    byte[] progress = OperationCodec.progress(Progress.of(operation(Optional.empty(), List.of())));
    progress[0] = 3;
    assertThatThrownBy(() -> OperationCodec.progress(progress))
        .isInstanceOf(CorruptRecordException.class)
        .hasMessageContaining("layout 3");
  }
}
