package dev.backlane.engine.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FairShareTest {
  /// Lets tenants take one in turn as long as any of them may, and returns what each has.
  private static long[] filled(int max, int tenants) {
    long[] taken = new long[tenants];
    long free = max;
    for (boolean any = true; any; ) {
      any = false;
      for (int tenant = 0; tenant < tenants; tenant++) {
        if (FairShare.permits(taken[tenant], 1, free)) {
          taken[tenant]++;
          free--;
          any = true;
        }
      }
    }
    return taken;
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 200, 1_000_000})
  void tenantAloneTakesSevenEighths(int max) {
    assertThat(filled(max, 1)).containsExactly(max / 8 * 7L);
  }

  @ParameterizedTest
  @CsvSource({"2, 6999", "3, 4772", "10, 1478"})
  void tenantsHaveEqualSharesAndLeaveAPart(int tenants, long each) {
    for (long taken : filled(15_000, tenants)) {
      assertThat(taken).isBetween(each - 1, each + 1);
    }
  }

  @Test
  void tenantThatComesLateFindsSpace() {
    long free = 200;
    for (int tenant = 0; tenant < 2; tenant++) {
      long taken = 0;
      while (FairShare.permits(taken, 1, free)) {
        taken++;
        free--;
      }
      assertThat(taken).as("of tenant %d", tenant).isPositive();
    }
    assertThat(free).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"0, 88, 100, false", "0, 87, 100, true", "80, 8, 20, false", "80, 4, 20, true"})
  void countsWhatIsAskedForAsTaken(long taken, long more, long free, boolean permitted) {
    assertThat(FairShare.permits(taken, more, free)).isEqualTo(permitted);
  }

  @Test
  void neverPermitsMoreThanIsFree() {
    assertThat(FairShare.permits(0, 1, 0)).isFalse();
    assertThat(FairShare.permits(0, 1, -5)).isFalse();
    assertThat(FairShare.permits(0, 1L << 62, Long.MAX_VALUE)).isTrue();
  }
}
