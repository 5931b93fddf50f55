package dev.backlane.gateway.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.http.ProblemException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OperationSearchFormTest {
  private static OperationFilter read(Map<String, String> texts) {
    return OperationSearchForm.read(name -> Optional.ofNullable(texts.get(name)));
  }

  @Test
  void readsNothingAsEverything() {
    assertThat(read(Map.of())).isEqualTo(OperationFilter.ALL);
  }

  @Test
  void readsEachName() {
    var filter =
        read(
            Map.of(
                "phase", "failed, canceled",
                "errorCode", "outcome-unknown",
                "tenant", "nordlys",
                "client", "robot",
                "user", "ola",
                "route", "POST /invoices",
                "reference", "order 17",
                "error", "refused"));
    assertThat(filter.phases()).containsExactlyInAnyOrder(Phase.FAILED, Phase.CANCELED);
    assertThat(filter.errorCode()).hasValue(ErrorCode.OUTCOME_UNKNOWN);
    assertThat(filter.caller().tenant()).hasValue("nordlys");
    assertThat(filter.caller().client()).hasValue("robot");
    assertThat(filter.caller().user()).hasValue("ola");
    assertThat(filter.route()).hasValue("POST /invoices");
    assertThat(filter.reference()).hasValue("order 17");
    assertThat(filter.errorText()).hasValue("refused");
    assertThat(read(Map.of("statusCode", "503")).statusCode()).hasValue(503);
  }

  @ParameterizedTest
  @CsvSource({
    "Started, QUEUED RETRYING RUNNING HELD",
    "Finished, FINISHED",
    "Failed, FAILED CANCELED",
  })
  void readsAStateAsItsPhases(String state, String phases) {
    assertThat(read(Map.of("state", state)).phases())
        .extracting(Phase::name)
        .containsExactlyInAnyOrder(phases.split(" "));
    assertThat(read(Map.of("state", "Started", "phase", "queued,failed")).phases())
        .isEqualTo(Set.of(Phase.QUEUED));
  }

  @Test
  void excludesBothTimes() {
    var time = Instant.parse("2026-01-31T12:00:00Z");
    var filter =
        read(
            Map.of(
                "receivedAfter", time.toString(), "receivedBefore", time.plusMillis(2).toString()));
    assertThat(filter.from()).isEqualTo(OperationId.lowest(time.plusMillis(1)));
    assertThat(filter.to()).isEqualTo(OperationId.lowest(time.plusMillis(2)));
    assertThat(read(Map.of("receivedBefore", "+1000000000-12-31T23:59:59Z")).to())
        .isLessThanOrEqualTo(OperationFilter.ALL.to());
    assertThat(read(Map.of("receivedAfter", "0001-01-01T00:00:00Z")).from())
        .isEqualTo(OperationId.lowest(Instant.EPOCH.plusMillis(1)));
  }

  @ParameterizedTest
  @CsvSource({
    "state, started",
    "phase, lost",
    "errorCode, none",
    "statusCode, 600",
    "statusCode, x",
    "receivedAfter, yesterday",
  })
  void namesWhatIsPermitted(String name, String value) {
    assertThatThrownBy(() -> read(Map.of(name, value)))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("'" + name + "'");
  }

  @Test
  void refusesAPhaseOfAnotherState() {
    assertThatThrownBy(() -> read(Map.of("state", "Failed", "phase", "queued")))
        .isInstanceOf(ProblemException.class);
  }
}
