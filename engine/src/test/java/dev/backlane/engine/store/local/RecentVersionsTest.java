package dev.backlane.engine.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RecentVersionsTest {
  private static final OperationId FIRST = new OperationId(1, 1);
  private static final OperationId OTHER = new OperationId(1, 2);
  private static final long READ = 7;

  private final RecentVersions versions = new RecentVersions();

  private void changeOthers(int count) {
    var changed = new HashMap<OperationId, Long>();
    for (int each = 0; each < count; each++) {
      changed.put(new OperationId(2, each), 0L);
    }
    versions.stored(changed);
  }

  @Test
  void returnsTheVersionOfTheLastChange() {
    long mark = versions.mark();
    versions.stored(Map.of(FIRST, 3L));
    versions.stored(Map.of(FIRST, 4L));
    assertThat(versions.version(FIRST, READ, RecentVersions.NO_MARK)).hasValue(4);
    assertThat(versions.version(FIRST, READ, mark)).hasValue(4);
    assertThat(versions.version(OTHER, READ, RecentVersions.NO_MARK)).isEmpty();
  }

  @Test
  void knowsThatAnOperationHasNotChangedSinceItWasRead() {
    long mark = versions.mark();
    versions.stored(Map.of(FIRST, 3L));
    assertThat(versions.version(OTHER, READ, mark)).hasValue(READ);
  }

  @Test
  void doesNotKnowWhatChangedBeforeTheOldestKeptChange() {
    long before = versions.mark();
    versions.stored(Map.of(FIRST, 3L));
    long after = versions.mark();
    changeOthers(RecentVersions.KEPT_MAX);
    assertThat(versions.version(FIRST, READ, before)).isEmpty();
    assertThat(versions.version(FIRST, READ, after)).as("unchanged since").hasValue(READ);
  }

  @Test
  void keepsTheOperationsThatChangedLast() {
    versions.stored(Map.of(FIRST, 3L));
    versions.stored(Map.of(OTHER, 3L));
    versions.stored(Map.of(FIRST, 4L));
    changeOthers(RecentVersions.KEPT_MAX - 1);
    assertThat(versions.version(FIRST, READ, RecentVersions.NO_MARK)).hasValue(4);
    assertThat(versions.version(OTHER, READ, RecentVersions.NO_MARK)).isEmpty();
  }

  @Test
  void knowsNothingAfterTheyWereDiscarded() {
    versions.stored(Map.of(FIRST, 3L));
    long before = versions.mark();
    versions.clear();
    assertThat(versions.version(FIRST, READ, before)).isEmpty();
    assertThat(versions.version(OTHER, READ, before)).isEmpty();
    assertThat(versions.version(OTHER, READ, versions.mark())).hasValue(READ);
  }
}
