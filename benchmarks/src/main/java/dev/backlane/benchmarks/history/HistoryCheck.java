package dev.backlane.benchmarks.history;

import dev.backlane.benchmarks.history.History.Hour;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.store.postgres.PostgresStore;
import dev.backlane.store.testkit.Samples;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

/// Reads rows of a [History] through the store, and checks that it reads them like rows that it
/// wrote. Not thread-safe.
final class HistoryCheck {
  private static final int PAGE = 50;

  private final History history;
  private final PostgresStore store;
  private final Pattern pattern;
  private final Random random = new Random(17);

  HistoryCheck(History history, PostgresStore store) {
    this.history = history;
    this.store = store;
    this.pattern = new Pattern(store, 2);
  }

  /// Checks a number of operations of each hour.
  ///
  /// @throws IllegalStateException if any of them is not a complete ended operation
  void sample(List<Hour> hours, int each) throws SQLException {
    for (var hour : hours) {
      var numbers = random.longs(each, 0, hour.count()).boxed().toList();
      var ids = history.ids(hour, numbers);
      for (int i = 0; i < each; i++) {
        check(hour, numbers.get(i), ids.get(i));
      }
    }
  }

  private void check(Hour hour, long number, OperationId id) {
    var caller = Pattern.CALLERS.get((int) (number % Pattern.CALLERS.size()));
    var operation =
        store
            .operations()
            .find(id)
            .orElseThrow(() -> new IllegalStateException("no operation " + id));
    expect(operation.state() instanceof State.Finished, "it has ended", id);
    expect(operation.caller().equals(caller), "it belongs to " + caller, id);
    var received = id.receivedAt();
    expect(
        !received.isBefore(hour.from()) && received.isBefore(hour.until()),
        "it belongs to the hour",
        id);
    for (var part : Part.values()) {
      var content = store.operations().content(operation, part);
      expect(
          content.isPresent() && content.get().length() == Pattern.BODY_BYTES,
          "it has its " + part,
          id);
    }
    expect(
        store.deliveries().find(id).filter(each -> each.ended()).isPresent(),
        "its delivery has ended",
        id);
    expect(
        pattern.repeat(caller, hour.key(number)).equals(new Acceptance.Repeated(id)),
        "it has its key",
        id);
    var listing = Samples.listing(caller, PAGE);
    var page =
        store
            .operations()
            .list(
                new Listing(
                    listing.reader(),
                    listing.from(),
                    new OperationId(id.high(), id.low() + 1),
                    listing.reference(),
                    listing.state(),
                    PAGE))
            .operations();
    expect(!page.isEmpty() && page.getFirst().equals(operation), "it is the first of its page", id);
    expect(page.stream().allMatch(Operation::ended), "all operations of its page have ended", id);
  }

  private static void expect(boolean holds, String what, OperationId id) {
    if (!holds) {
      throw new IllegalStateException("operation " + id + " violates: " + what);
    }
  }
}
