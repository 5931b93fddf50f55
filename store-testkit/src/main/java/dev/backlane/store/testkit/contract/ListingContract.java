package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Reader;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A caller lists its own operations: newest first, filtered, page by page.
abstract class ListingContract extends StoreTopic {
  private static final Reader READER = new Reader(Ownership.USER, Samples.CALLER);

  ListingContract(StoreFixture fixture) {
    super(fixture);
  }

  @ParameterizedTest(name = "{0}: {1}/{2}/{3} lists operations of {4}/{5}/{6}: {7}")
  @CsvSource({
    // ownership, the reader, the starter, whether it is listed
    "USER, t1, c1, u1, t1, c1, u1, true",
    "USER, t1, c1, u2, t1, c1, u1, false",
    "USER, t1, c2, u1, t1, c1, u1, true",
    "USER, t1, c2, u2, t1, c1, u1, false",
    "USER, t2, c1, u1, t1, c1, u1, false",
    "USER, t1, c1, '', t1, c1, u1, false",
    "USER, t1, c1, c1, t1, c1, u1, false",
    "USER, t1, c1, '', t1, c1, '', true",
    "USER, t1, c1, u1, t1, c1, '', true",
    "USER, t1, c2, u1, t1, c1, '', false",
    "USER, t1, c1, c1, t1, c1, '', true",
    "USER, t1, c1, '', t1, c1, c1, true",
    "USER, t1, c1, u1, t1, c1, c1, true",
    "USER, t1, c2, c1, t1, c1, c1, false",
    "USER, t1, '', u1, t1, '', u1, true",
    "USER, t1, '', u2, t1, '', u1, false",
    "USER, t1, '', '', t1, '', '', false",
    "USER, t1, u1, '', t1, '', u1, false",
    "USER, t1, '', c1, t1, c1, '', false",
    "USER, '', anonymous, '', '', anonymous, '', true",
    "CLIENT, t1, c1, u2, t1, c1, u1, true",
    "CLIENT, t1, c1, '', t1, c1, u1, true",
    "CLIENT, t1, c1, u1, t1, c1, '', true",
    "CLIENT, t1, c2, u1, t1, c1, u1, false",
    "CLIENT, t2, c1, u1, t1, c1, u1, false",
    "CLIENT, t1, '', u1, t1, '', u1, true",
    "CLIENT, t1, '', u2, t1, '', u1, false",
    "CLIENT, t1, '', u1, t1, c1, u1, false",
    "CLIENT, t1, c1, u1, t1, '', u1, false",
    "CLIENT, t1, '', '', t1, '', '', false",
    "TENANT, t1, c1, u1, t1, c2, u2, true",
    "TENANT, t1, c1, '', t1, '', u1, true",
    "TENANT, t2, c1, u1, t1, c1, u1, false",
    "TENANT, '', anonymous, '', '', anonymous, '', true",
  })
  void listsOnlyWhatTheReaderMayRead(
      Ownership ownership,
      String tenant,
      String client,
      String user,
      String t,
      String c,
      String u,
      boolean seen) {
    var operation = accepted(samples.queued(new Caller(t, c, u)));
    var reader = new Reader(ownership, new Caller(tenant, client, user));
    var page = store.list(Samples.listing(reader, 10));
    assertThat(page.operations()).isEqualTo(seen ? List.of(operation) : List.of());
    assertThat(page.next()).isEmpty();
    assertThat(reader.mayRead(operation.caller())).isEqualTo(seen);
  }

  /// Others share the client, the user or the tenant, and would fill more than a page.
  @ParameterizedTest
  @EnumSource
  void pagesAreFullAlthoughOthersHaveManyMore(Ownership ownership) {
    var mine = new ArrayList<Operation>();
    var caller = new Caller("t1", "c1", "");
    var others =
        switch (ownership) {
          case USER -> List.of(new Caller("t1", "c1", "u1"), new Caller("t1", "c2", ""));
          case CLIENT -> List.of(new Caller("t1", "c2", ""), new Caller("t1", "", "u1"));
          case TENANT -> List.of(new Caller("t2", "c1", ""), new Caller("t3", "c1", "u1"));
        };
    for (int i = 0; i < 30; i++) {
      if (i % 10 == 0) {
        mine.addFirst(accepted(samples.queued(caller)));
      }
      others.forEach(other -> accepted(samples.queued(other)));
    }
    var listing = Samples.listing(new Reader(ownership, caller), 2);
    assertThat(store.list(listing).operations()).isEqualTo(mine.subList(0, 2));
    assertThat(all(listing)).isEqualTo(mine);
  }

  @Test
  void listsTheNewestFirstAcrossHoursAndDays() throws Exception {
    var newestFirst = new ArrayList<Operation>();
    for (int i = 0; i < 40; i++) {
      newestFirst.addFirst(accepted(samples.queued()));
      accepted(samples.queued(new Caller("company-1", "other", "other")));
      clock.advance(Duration.ofMinutes(i % 7 == 0 ? 300 : 17));
    }
    assertThat(all(Samples.listing(Samples.CALLER, 200))).isEqualTo(newestFirst);
    restart();
    assertThat(all(Samples.listing(Samples.CALLER, 200))).isEqualTo(newestFirst);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 24, 25, 26})
  void pagesContainEachOperationOnce(int limit) {
    var newestFirst = new ArrayList<Operation>();
    for (int i = 0; i < 25; i++) {
      newestFirst.addFirst(accepted(samples.queued()));
      clock.advance(Duration.ofMinutes(13));
    }
    assertThat(all(Samples.listing(Samples.CALLER, limit))).isEqualTo(newestFirst);
  }

  @Test
  void cursorIsStableDuringAccepts() {
    var before = new ArrayList<Operation>();
    for (int i = 0; i < 20; i++) {
      before.addFirst(accepted(samples.queued()));
    }
    var seen = new ArrayList<Operation>();
    var listing = Samples.listing(Samples.CALLER, 3);
    Optional<OperationId> next = Optional.of(listing.to());
    while (next.isPresent()) {
      var page = store.list(before(listing, next.get()));
      seen.addAll(page.operations());
      next = page.next();
      accepted(samples.queued());
    }
    assertThat(seen).isEqualTo(before);
  }

  @Test
  void includesFromAndExcludesTo() {
    var first = accepted(samples.queued());
    var second = accepted(samples.queued());
    var third = accepted(samples.queued());
    var range = new Listing(READER, second.id(), third.id(), Optional.empty(), _ -> true, 10);
    assertThat(store.list(range).operations()).containsExactly(second).doesNotContain(first);
  }

  @Test
  void filtersByReference() {
    accepted(samples.queued());
    var wanted = accepted(samples.referring("order 17"));
    accepted(samples.referring("order 18"));
    var listing = Samples.listing(Samples.CALLER, 10);
    var filtered =
        new Listing(READER, listing.from(), listing.to(), Optional.of("order 17"), _ -> true, 10);
    assertThat(store.list(filtered).operations()).containsExactly(wanted);
  }

  @Test
  void filtersByState() {
    var queued = accepted(samples.queued());
    var finished = acceptedAndFinished();
    assertThat(states(operation -> operation.state() instanceof State.Queued))
        .containsExactly(queued);
    assertThat(states(Operation::ended)).containsExactly(finished);
  }

  @Test
  void fillsAPagePastRowsThatAFilterRejects() {
    var wanted = new ArrayList<Operation>();
    for (int i = 0; i < 60; i++) {
      var operation = accepted(samples.referring(i % 20 == 0 ? "wanted" : "other"));
      if (i % 20 == 0) {
        wanted.addFirst(operation);
      }
    }
    var listing = Samples.listing(Samples.CALLER, 2);
    assertThat(
            all(
                new Listing(
                    READER, listing.from(), listing.to(), Optional.of("wanted"), _ -> true, 2)))
        .isEqualTo(wanted);
  }

  @Test
  void listsNothingOfAnEmptyStore() {
    var page = store.list(Samples.listing(Samples.CALLER, 10));
    assertThat(page.operations()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  private List<Operation> states(Predicate<Operation> state) {
    return store
        .list(
            new Listing(
                READER,
                OperationId.lowest(Instant.EPOCH),
                new OperationId(-1, -1),
                Optional.empty(),
                state,
                10))
        .operations();
  }

  private List<Operation> all(Listing listing) {
    var seen = new ArrayList<Operation>();
    Optional<OperationId> next = Optional.of(listing.to());
    while (next.isPresent()) {
      var page = store.list(before(listing, next.get()));
      assertThat(page.operations()).hasSizeLessThanOrEqualTo(listing.limit());
      seen.addAll(page.operations());
      next = page.next();
    }
    return seen;
  }

  private static Listing before(Listing listing, OperationId to) {
    return new Listing(
        listing.reader(),
        listing.from(),
        to,
        listing.reference(),
        listing.state(),
        listing.limit());
  }
}
