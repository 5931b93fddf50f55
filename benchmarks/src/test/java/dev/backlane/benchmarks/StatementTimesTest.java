package dev.backlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.benchmarks.StatementTimes.Row;
import dev.backlane.benchmarks.StatementTimes.Time;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StatementTimesTest {
  @Test
  void mergesStatementsOfDifferentPartitions() {
    var times =
        StatementTimes.of(
            List.of(
                new Row(
                    "SELECT id\n  FROM call_20260301_220000 WHERE id = $1", new Time(10, 5, 40)),
                new Row("SELECT id FROM call_20260301_230000 WHERE id = $1", new Time(30, 7, 40)),
                new Row("SELECT id FROM call_other WHERE id = $1", new Time(1, 1, 1))));
    assertThat(times.byText())
        .containsOnlyKeys(
            "SELECT id FROM call_* WHERE id = $1", "SELECT id FROM call_other WHERE id = $1")
        .containsEntry("SELECT id FROM call_* WHERE id = $1", new Time(40, 12, 80));
    assertThat(times.totalMillis()).isEqualTo(13);
    assertThat(new Time(40, 12, 80).meanMicros()).isEqualTo(300);
    assertThat(new Time(40, 12, 80).meanBlocks()).isEqualTo(2);
    assertThat(times.mostExpensiveFirst(1))
        .extracting(each -> each.getValue().calls())
        .containsExactly(40L, 1L);
    assertThat(times.time("SELECT id FROM call_other WHERE id = $1", 2)).isEmpty();
  }

  @Test
  void namesAStatementByItsPurposeOrItsBeginning() {
    assertThat(StatementTimes.name("WITH x AS (…) INSERT INTO turn (id)"))
        .isEqualTo("accept: call and queue entry");
    assertThat(StatementTimes.name("SELECT a || b FROM " + "x".repeat(70)))
        .startsWith("`SELECT a \\|\\| b FROM x")
        .endsWith("…`");
  }
}
