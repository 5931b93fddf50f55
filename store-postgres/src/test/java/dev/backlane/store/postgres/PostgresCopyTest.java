package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.content.Content;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.Samples;
import dev.backlane.store.testkit.UnlimitedPermits;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A promoted standby and a copied database are recognized, and nothing is claimed from them before
/// they were adopted.
final class PostgresCopyTest {
  private static final String DATABASE = "original";

  @Test
  void claimsNothingFromACopyUntilItIsAdopted() {
    try (var primary = PostgresServer.start(PostgresVersion.NEWEST)) {
      primary.createDatabase(DATABASE);
      var settings = PostgresStoreContract.settings(primary, DATABASE);
      try (var store = PostgresStore.open(settings)) {
        var clock = store.sharing().orElseThrow().clock();
        store.operations().accept(new Samples(clock, 1).queued(), Content.EMPTY, Optional.empty());
      }
      try (var again = PostgresStore.open(settings)) {
        assertThat(again.origin().copied()).as("the original").isEmpty();
      }
      primary.createDatabase("template_copy", DATABASE);
      checkCopy(primary, "template_copy");
      try (var standby = primary.startStandby()) {
        standby.promote();
        checkCopy(standby, DATABASE);
      }
    }
  }

  private static void checkCopy(PostgresServer server, String database) {
    var settings = PostgresStoreContract.settings(server, database);
    try (var copy = PostgresStore.open(settings);
        var otherNode = PostgresStore.open(settings)) {
      assertThat(otherNode.origin().copied()).isPresent();
      var before = otherNode.origin().original();
      assertThat(copy.origin().copied()).as("%s", database).isPresent();
      assertThat(copy.origin().waiting(false, new OperationId(0, 0), 9)).hasSize(1);
      assertThat(claimed(copy)).as("claimed from a copy").isZero();
      copy.origin().adopt();
      assertThat(copy.origin().copied()).isEmpty();
      assertThat(otherNode.origin().copied()).isEmpty();
      assertThat(otherNode.origin().original()).as("noticed elsewhere").isNotEqualTo(before);
      assertThat(claimed(copy)).as("claimed once adopted").isEqualTo(1);
    }
  }

  private static int claimed(Store store) {
    return store
        .operations()
        .claim(
            9,
            new UnlimitedPermits(),
            Samples.LEASE,
            store.sharing().orElseThrow().clock().instant())
        .size();
  }
}
