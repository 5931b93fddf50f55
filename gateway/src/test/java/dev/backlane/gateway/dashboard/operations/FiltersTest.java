package dev.backlane.gateway.dashboard.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.store.search.Phase;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Query;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Filters in URLs.
final class FiltersTest {
  private static Filters of(String query) {
    return Filters.of(Query.parse(query));
  }

  @Test
  void keepsWhatIsSetAndNothingElse() {
    var filters = of("phase=failed&tenant=&client=+a%26b+&other=1&cursor=2");

    assertThat(filters.query()).isEqualTo("?phase=failed&client=a%26b");
    assertThat(filters.value("tenant")).isEmpty();
    assertThat(filters.filter().possiblePhases()).containsExactly(Phase.FAILED);
    assertThat(of("").isEmpty()).isTrue();
    assertThat(of("").query()).isEmpty();
  }

  @Test
  void changesOneValue() {
    var filters = of("phase=failed&client=a");

    assertThat(filters.with("phase", "queued").query()).isEqualTo("?phase=queued&client=a");
    assertThat(filters.with("phase", "").query()).isEqualTo("?client=a");
    assertThat(filters.query(Map.of("cursor", "x"))).isEqualTo("?phase=failed&client=a&cursor=x");
    assertThat(filters.more()).isFalse();
    assertThat(of("reference=r").more()).isTrue();
  }

  @Test
  void refusesAMalformedValueWithThePermittedOnes() {
    assertThatThrownBy(() -> of("phase=lost").filter())
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("phase")
        .hasMessageContaining("retrying");
  }
}
