package dev.backlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class QuickCheckTest {
  private static final Map<Scenario, Double> RECORDED = Map.of(Scenario.ACCEPT, 3.0);

  private int measuredAgain;

  private QuickCheck.Cost cost(double first, double again) throws Exception {
    var costs =
        new QuickCheck(new RecordedCosts(RECORDED))
            .costs(scenario -> micros(scenario, first), scenario -> measureAgain(scenario, again));
    assertThat(costs).hasSize(1);
    return costs.getFirst();
  }

  private double measureAgain(Scenario scenario, double accept) {
    measuredAgain += scenario == Scenario.ACCEPT ? 1 : 0;
    return micros(scenario, accept);
  }

  private static double micros(Scenario scenario, double accept) {
    return scenario == Scenario.BARE ? 10 : accept;
  }

  @Test
  void comparesMultiplesOfTheServerAlone() throws Exception {
    var cost = cost(45, 0);
    assertThat(cost.measured()).isEqualTo(4.5);
    assertThat(cost.factor()).isEqualTo(1.5);
    assertThat(cost.passed()).isTrue();
    assertThat(measuredAgain).isZero();
  }

  @Test
  void measuresAgainWhatWouldFail() throws Exception {
    var cost = cost(70, 40);
    assertThat(cost.measured()).isEqualTo(4);
    assertThat(cost.passed()).isTrue();
    assertThat(measuredAgain).isEqualTo(1);
  }

  @Test
  void failsIfEachMeasurementIsTooHigh() throws Exception {
    var cost = cost(70, 60);
    assertThat(cost.measured()).isEqualTo(6);
    assertThat(cost.passed()).isFalse();
    assertThat(measuredAgain).isEqualTo(QuickCheck.TRIES - 1);
    assertThat(QuickCheck.report(List.of(cost)))
        .contains("| accepts | 6.00 | 3.00 | 2.00 |")
        .endsWith(
            "Failed: a cost was at least 2.00 times the recorded one in each of 3 measurements.");
  }

  @Test
  void hasARecordedCostOfEachScenarioOfAQuickRun() throws Exception {
    assertThat(RecordedCosts.load().scenarios())
        .containsExactly(
            Scenario.ACCEPT, Scenario.PROXY, Scenario.END_TO_END, Scenario.WAIT_AND_READ);
  }
}
