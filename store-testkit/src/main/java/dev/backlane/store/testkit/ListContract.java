package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.listing.Listing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a store promises of listing and of forgetting.
abstract class ListContract extends ContentContract {
  @ParameterizedTest(name = "{0}/{1}/{2} lists what {3}/{4}/{5} started: {6}")
  @CsvSource({
    "t1, c1, u1, t1, c1, u1, true",
    "t1, c1, u2, t1, c1, u1, true",
    "t1, c2, u1, t1, c1, u1, true",
    "t1, c2, u2, t1, c1, u1, false",
    "t2, c1, u1, t1, c1, u1, false",
    "t1, c1, '', t1, c1, '', true",
    "t1, '', u1, t1, '', u1, true",
    "t1, '', '', t1, '', '', false",
    "t1, u1, '', t1, '', u1, false",
    "t1, '', c1, t1, c1, '', false",
    "'', anonymous, '', '', anonymous, '', true",
  })
  void onlyACallersOwnAreListed(
      String tenant, String client, String user, String t, String c, String u, boolean seen) {
    var operation = accepted(samples.queued(new Caller(t, c, u)));
    var page = store.list(Samples.listing(new Caller(tenant, client, user), 10));
    assertThat(page.operations()).isEqualTo(seen ? List.of(operation) : List.of());
    assertThat(page.next()).isEmpty();
  }

  @Test
  void theNewestComesFirstAcrossHoursAndDays() throws Exception {
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
  void theCursorMissesNothingAndRepeatsNothing(int limit) {
    var newestFirst = new ArrayList<Operation>();
    for (int i = 0; i < 25; i++) {
      newestFirst.addFirst(accepted(samples.queued()));
      clock.advance(Duration.ofMinutes(13));
    }
    assertThat(all(Samples.listing(Samples.CALLER, limit))).isEqualTo(newestFirst);
  }

  @Test
  void theCursorIsStableWhileOthersAreAccepted() {
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
  void fromIsInclusiveAndToIsExclusive() {
    var first = accepted(samples.queued());
    var second = accepted(samples.queued());
    var third = accepted(samples.queued());
    var range =
        new Listing(Samples.CALLER, second.id(), third.id(), Optional.empty(), _ -> true, 10);
    assertThat(store.list(range).operations()).containsExactly(second).doesNotContain(first);
  }

  @Test
  void aReferenceNarrowsAListing() {
    accepted(samples.queued());
    var wanted = accepted(samples.referring("order 17"));
    accepted(samples.referring("order 18"));
    var listing = Samples.listing(Samples.CALLER, 10);
    var filtered =
        new Listing(
            Samples.CALLER, listing.from(), listing.to(), Optional.of("order 17"), _ -> true, 10);
    assertThat(store.list(filtered).operations()).containsExactly(wanted);
  }

  @Test
  void aStateNarrowsAListing() {
    var queued = accepted(samples.queued());
    var finished = acceptedAndFinished();
    assertThat(states(operation -> operation.state() instanceof State.Queued))
        .containsExactly(queued);
    assertThat(states(Operation::ended)).containsExactly(finished);
  }

  @Test
  void aPageIsFilledFromBehindWhatAFilterLeavesOut() {
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
                    Samples.CALLER,
                    listing.from(),
                    listing.to(),
                    Optional.of("wanted"),
                    _ -> true,
                    2)))
        .isEqualTo(wanted);
  }

  @Test
  void anEmptyStoreListsNothing() {
    var page = store.list(Samples.listing(Samples.CALLER, 10));
    assertThat(page.operations()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  @Test
  void whatHasEndedBeforeTheCutoffIsForgottenWithContentsAndListing() throws Exception {
    var operation = samples.started(Samples.LEASE);
    byte[] large = Samples.bytes(100_000, 5);
    store.accept(operation, new Content.Inline(new byte[] {1}), Optional.empty());
    store.replace(
        operation,
        samples.finished(operation, large.length),
        spooled(operation.id(), Part.RESPONSE, large));
    store.prune(clock.advance(RETENTION));
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(operation.id())).isEmpty();
      assertThat(store.content(operation, Part.REQUEST)).isEmpty();
      assertThat(store.content(operation, Part.RESPONSE)).isEmpty();
      assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations()).isEmpty();
      restart();
    }
  }

  @Test
  void whatHasNotEndedStaysWholeHoweverOld() throws Exception {
    acceptedAndFinished();
    var queued = samples.queued();
    byte[] body = Samples.bytes(100_000, 5);
    store.accept(queued, spooled(queued.id(), Part.REQUEST, body), Optional.empty());
    var gone = acceptedAndFinished();
    var running = accepted(samples.started(Samples.LEASE));
    acceptedAndFinished();
    store.prune(clock.advance(RETENTION.multipliedBy(3)));
    for (int run = 0; run < 2; run++) {
      assertThat(store.find(queued.id())).contains(queued);
      assertThat(store.find(running.id())).contains(running);
      assertThat(store.find(gone.id())).isEmpty();
      assertThat(read(queued.id(), Part.REQUEST, 0)).isEqualTo(body);
      assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations())
          .containsExactly(running, queued);
      restart();
    }
    assertThat(claim(10)).extracting(Operation::id).containsExactly(queued.id());
  }

  @Test
  void whatEndsLaterIsForgottenByALaterSweep() {
    var running = accepted(samples.started(Samples.LEASE));
    var cutoff = clock.advance(RETENTION);
    store.prune(cutoff);
    assertThat(store.find(running.id())).contains(running);
    replaced(running, samples.finished(running, 0));
    store.prune(cutoff);
    assertThat(store.find(running.id())).isEmpty();
  }

  @Test
  void theCutoffIsExclusive() {
    var before = acceptedAndFinished();
    var cutoff = clock.advance(Duration.ofMillis(1));
    var at = acceptedAndFinished();
    store.prune(cutoff);
    assertThat(store.find(before.id())).isEmpty();
    assertThat(store.find(at.id())).contains(at);
    assertThat(store.list(Samples.listing(Samples.CALLER, 10)).operations()).containsExactly(at);
  }

  @Test
  void forgettingIsRepeatable() {
    for (int day = 0; day < 5; day++) {
      var operation = acceptedAndFinished();
      clock.advance(Duration.ofHours(30));
      store.prune(clock.instant().minus(RETENTION));
      store.prune(clock.instant().minus(RETENTION));
      assertThat(store.find(operation.id())).isEmpty();
    }
  }

  @Test
  void aForgottenOperationCannotBeReplaced() {
    var running = accepted(samples.started(Samples.LEASE));
    replaced(running, samples.finished(running, 0));
    store.prune(clock.advance(RETENTION));
    assertThat(store.replace(running, samples.failed(running), Content.EMPTY)).isFalse();
    assertThat(store.find(running.id())).isEmpty();
  }

  private List<Operation> states(Predicate<Operation> state) {
    return store
        .list(
            new Listing(
                Samples.CALLER,
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
        listing.caller(),
        listing.from(),
        to,
        listing.reference(),
        listing.state(),
        listing.limit());
  }
}
