package dev.backlane.store.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationFilter.CallerFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// An operator searches the operations of all callers: newest first, filtered, page by page, and at
/// a bounded cost.
abstract class SearchContract extends StoreTopic {
  private static final OperationId END = OperationFilter.ALL.to();

  SearchContract(StoreFixture fixture) {
    super(fixture);
  }

  private OperationSearch search() {
    return opened.search();
  }

  /// One operation in each phase, and a failure of each kind.
  private List<Operation> oneOfEach() {
    var all = new ArrayList<Operation>();
    all.add(accepted(samples.queued(new Caller("t1", "c1", "u1"))));
    all.add(retrying("connection refused"));
    all.add(accepted(samples.started(Samples.LEASE)));
    var queued = accepted(samples.queued(new Caller("t2", "c1", "")));
    all.add(replaced(queued, queued.to(new State.Held((State.Queued) queued.state()))));
    all.add(acceptedAndFinished());
    all.add(finished(503));
    all.add(failed(ErrorCode.OUTCOME_UNKNOWN, "Outcome unknown: connection reset"));
    all.add(failed(ErrorCode.UPSTREAM_UNREACHABLE, "Upstream unreachable: Connection refused"));
    var canceled = accepted(samples.referring("order 17"));
    all.add(replaced(canceled, samples.canceled(canceled)));
    return all;
  }

  private Operation retrying(String error) {
    var running = accepted(samples.started(Samples.LEASE));
    var due = clock.instant().plusSeconds(60);
    return replaced(
        running, running.to(new State.Queued(2, due, Optional.empty(), Optional.of(error))));
  }

  private Operation finished(int status) {
    var running = accepted(samples.started(Samples.LEASE));
    return replaced(
        running,
        running.to(
            new State.Finished(
                1,
                Optional.of(clock.instant()),
                clock.instant(),
                new Response(status, List.of(), 0))));
  }

  private Operation failed(ErrorCode code, String reason) {
    var running = accepted(samples.started(Samples.LEASE));
    return replaced(
        running, running.to(new State.Failed(1, Optional.empty(), clock.instant(), code, reason)));
  }

  private List<Operation> found(OperationFilter filter) {
    var page = search().search(filter, END, 200);
    assertThat(page.next()).isEmpty();
    assertThat(page.incomplete()).isFalse();
    return page.operations();
  }

  /// What a filter finds must be what it matches, whatever index finds it.
  private void assertFinds(List<Operation> all, OperationFilter filter) {
    var matching = new ArrayList<Operation>();
    all.stream().filter(filter::matches).forEach(matching::addFirst);
    assertThat(matching).as("the samples have a match").isNotEmpty();
    assertThat(found(filter)).isEqualTo(matching);
    assertThat(search().count(filter)).isEqualTo(new MatchCount(matching.size(), false));
  }

  @ParameterizedTest
  @EnumSource
  void findsByPhase(Phase phase) throws Exception {
    var all = oneOfEach();
    assertFinds(all, OperationFilter.ALL.in(phase));
    restart();
    assertFinds(all, OperationFilter.ALL.in(phase));
  }

  @Test
  void findsBySeveralPhases() {
    var all = oneOfEach();
    for (var one : Phase.values()) {
      for (var other : Phase.values()) {
        assertFinds(all, OperationFilter.ALL.in(Set.of(one)).in(setOf(one, other)));
      }
    }
    assertFinds(all, OperationFilter.ALL);
  }

  private static Set<Phase> setOf(Phase one, Phase other) {
    return one == other ? Set.of(one) : Set.of(one, other);
  }

  @Test
  void followsAnOperationThroughItsPhases() {
    var queued = accepted(samples.queued());
    assertThat(found(OperationFilter.ALL.in(Phase.QUEUED))).containsExactly(queued);
    var running = claim(1).getFirst();
    assertThat(found(OperationFilter.ALL.in(Phase.RUNNING))).containsExactly(running);
    assertThat(found(OperationFilter.ALL.in(Phase.QUEUED))).isEmpty();
    var retried = replaced(running, Samples.retrying(running, clock.instant()));
    assertThat(found(OperationFilter.ALL.in(Phase.RETRYING))).containsExactly(retried);
    assertThat(found(OperationFilter.ALL.in(Phase.RUNNING))).isEmpty();
    var again = claim(1).getFirst();
    assertThat(found(OperationFilter.ALL.in(Phase.RETRYING))).isEmpty();
    assertThat(found(OperationFilter.ALL.in(Phase.RUNNING))).containsExactly(again);
    var failed = replaced(again, samples.failed(again));
    assertThat(found(OperationFilter.ALL.in(Phase.RUNNING))).isEmpty();
    assertThat(found(OperationFilter.ALL.in(Phase.FAILED))).containsExactly(failed);
  }

  @Test
  void findsByErrorCodeAndStatusCode() {
    var all = oneOfEach();
    for (var code :
        List.of(ErrorCode.OUTCOME_UNKNOWN, ErrorCode.UPSTREAM_UNREACHABLE, ErrorCode.CANCELED)) {
      assertFinds(all, errorCode(code));
    }
    for (int status : List.of(201, 503)) {
      assertFinds(all, statusCode(status));
    }
    assertThat(found(errorCode(ErrorCode.INTERNAL))).isEmpty();
    assertThat(found(statusCode(404))).isEmpty();
    assertThat(found(errorCode(ErrorCode.INTERNAL).in(Phase.QUEUED))).isEmpty();
  }

  @Test
  void findsByTextInTheErrorInAnyLetterCase() {
    var all = oneOfEach();
    assertFinds(all, errorText("CONNECTION refused"));
    assertFinds(all, errorText("reset"));
    assertFinds(all, errorText("refused").in(Phase.FAILED));
    assertThat(found(errorText("no such text"))).isEmpty();
  }

  @Test
  void findsByTheCaller() {
    var callers =
        List.of(
            new Caller("t1", "c1", "u1"),
            new Caller("t1", "c1", ""),
            new Caller("t1", "c1", "c1"),
            new Caller("t1", "c2", "u1"),
            new Caller("t1", "", "u1"),
            new Caller("t2", "c1", "u1"));
    var all = new ArrayList<Operation>();
    for (int i = 0; i < 3; i++) {
      for (var caller : callers) {
        all.add(accepted(samples.queued(caller)));
        clock.advance(Duration.ofMinutes(25));
      }
    }
    for (var tenant : List.of("", "t1")) {
      for (var client : List.of("", "c1")) {
        for (var user : List.of("", "u1", "c1")) {
          assertFinds(all, by(tenant, client, user));
          assertFinds(all, by(tenant, client, user).in(Phase.QUEUED));
        }
      }
    }
    assertThat(found(by("t3", "", ""))).isEmpty();
    assertThat(found(by("t2", "c2", ""))).isEmpty();
  }

  @Test
  void findsFailuresOfOneTenantAmongThoseOfOthers() {
    var mine = new ArrayList<Operation>();
    for (int i = 0; i < 30; i++) {
      var caller = new Caller(i % 10 == 0 ? "t1" : "t2", "c1", "");
      var running = accepted(samples.operation(caller, Optional.empty(), started()));
      var failed = replaced(running, samples.failed(running));
      if (i % 10 == 0) {
        mine.addFirst(failed);
      }
      accepted(samples.queued(new Caller("t1", "c1", "")));
      clock.advance(Duration.ofMinutes(7));
    }
    assertThat(found(by("t1", "", "").in(Phase.FAILED))).isEqualTo(mine);
    assertThat(found(by("t1", "c1", "").in(Phase.FAILED))).isEqualTo(mine);
  }

  private State started() {
    return new State.Running(1, Optional.of(clock.instant()), Samples.LEASE);
  }

  @Test
  void findsByRouteAndReference() {
    var all = oneOfEach();
    assertFinds(all, route(Samples.ROUTE));
    assertThat(found(route("other"))).isEmpty();
    assertFinds(all, reference("order 17"));
    assertThat(found(reference("order 1"))).isEmpty();
  }

  @Test
  void findsByTheTimeOfAcceptance() {
    var all = new ArrayList<Operation>();
    for (int i = 0; i < 12; i++) {
      all.add(accepted(samples.queued()));
      clock.advance(Duration.ofMinutes(20));
    }
    var from = all.get(3).id().receivedAt();
    var to = all.get(9).id().receivedAt();
    var filter = between(from, to);
    assertThat(found(filter)).isEqualTo(all.subList(3, 9).reversed());
    assertThat(found(filter.in(Phase.QUEUED))).isEqualTo(all.subList(3, 9).reversed());
    assertThat(search().count(filter)).isEqualTo(new MatchCount(6, false));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 24, 25, 26})
  void pagesContainEachOperationOnce(int limit) {
    var newestFirst = new ArrayList<Operation>();
    for (int i = 0; i < 25; i++) {
      newestFirst.addFirst(finished(i % 2 == 0 ? 200 : 500));
      clock.advance(Duration.ofMinutes(13));
    }
    assertThat(all(OperationFilter.ALL, limit)).isEqualTo(newestFirst);
    assertThat(all(statusCode(500), limit))
        .isEqualTo(newestFirst.stream().filter(statusCode(500)::matches).toList());
  }

  private List<Operation> all(OperationFilter filter, int limit) {
    var seen = new ArrayList<Operation>();
    Optional<OperationId> next = Optional.of(END);
    while (next.isPresent()) {
      var page = search().search(filter, next.get(), limit);
      assertThat(page.operations()).hasSizeLessThanOrEqualTo(limit);
      assertThat(page.incomplete()).isFalse();
      seen.addAll(page.operations());
      next = page.next();
    }
    return seen;
  }

  /// The page ends, and the next one continues where it has ended.
  @Test
  void boundsTheRowsThatItReads() throws Exception {
    var first = accepted(samples.referring("wanted"));
    together(
        8,
        () -> {
          for (int i = 0; i < OperationSearch.SCANNED_MAX / 8 + 1; i++) {
            accepted(samples.queued());
          }
          return true;
        });
    var page = search().search(reference("wanted"), END, 50);
    assertThat(page.operations()).isEmpty();
    assertThat(page.incomplete()).isTrue();
    var rest = search().search(reference("wanted"), page.next().orElseThrow(), 50);
    assertThat(rest.operations()).containsExactly(first);
    assertThat(rest.next()).isEmpty();
    assertThat(rest.incomplete()).isFalse();
    assertThat(search().count(OperationFilter.ALL))
        .isEqualTo(new MatchCount(OperationSearch.SCANNED_MAX, true));
  }

  @Test
  void countsByPhase() {
    var all = oneOfEach();
    assertThat(search().countByPhase(OperationFilter.ALL))
        .isEqualTo(
            Map.of(
                Phase.QUEUED, count(all, Phase.QUEUED),
                Phase.RETRYING, count(all, Phase.RETRYING),
                Phase.RUNNING, count(all, Phase.RUNNING),
                Phase.HELD, count(all, Phase.HELD),
                Phase.FINISHED, count(all, Phase.FINISHED),
                Phase.FAILED, count(all, Phase.FAILED),
                Phase.CANCELED, count(all, Phase.CANCELED)));
  }

  private static MatchCount count(List<Operation> all, Phase phase) {
    long number = all.stream().filter(each -> Phase.of(each.state()) == phase).count();
    assertThat(number).isPositive();
    return new MatchCount(number, false);
  }

  @Test
  void countsWhatStartsBeforeAQueuedOperation() {
    var first = accepted(samples.queued());
    accepted(samples.queued(new Caller("company-2", "c1", "")));
    var second = accepted(samples.queued());
    assertThat(search().ahead(first, clock.instant())).hasValue(new MatchCount(0, false));
    assertThat(search().ahead(second, clock.instant())).hasValue(new MatchCount(1, false));
    // One of each tenant.
    assertThat(claim(2)).hasSize(2);
    assertThat(search().ahead(second, clock.instant())).hasValue(new MatchCount(0, false));
    assertThat(search().ahead(retrying("refused"), clock.instant())).isEmpty();
    assertThat(search().ahead(acceptedAndFinished(), clock.instant())).isEmpty();
  }

  @Test
  void doesNotFindWhatWasPruned() {
    // Unfinished operations may keep those that were received at about the same time.
    finished(503);
    failed(ErrorCode.OUTCOME_UNKNOWN, "Outcome unknown: connection reset");
    var canceled = accepted(samples.queued());
    replaced(canceled, samples.canceled(canceled));
    expire();
    assertThat(found(OperationFilter.ALL.in(Set.of(Phase.FAILED, Phase.CANCELED)))).isEmpty();
    assertThat(found(statusCode(503))).isEmpty();
    assertThat(search().count(OperationFilter.ALL.in(Phase.FAILED)))
        .isEqualTo(new MatchCount(0, false));
  }

  @Test
  void findsNothingInAnEmptyStore() {
    assertThat(found(OperationFilter.ALL)).isEmpty();
    assertThat(search().count(OperationFilter.ALL)).isEqualTo(new MatchCount(0, false));
  }

  private static OperationFilter errorCode(ErrorCode code) {
    return filter(
        Optional.of(code), CallerFilter.ANY, Optional.empty(), OptionalInt.empty(), "", "");
  }

  private static OperationFilter statusCode(int status) {
    return filter(
        Optional.empty(), CallerFilter.ANY, Optional.empty(), OptionalInt.of(status), "", "");
  }

  private static OperationFilter errorText(String text) {
    return filter(
        Optional.empty(), CallerFilter.ANY, Optional.empty(), OptionalInt.empty(), "", text);
  }

  private static OperationFilter reference(String reference) {
    return filter(
        Optional.empty(), CallerFilter.ANY, Optional.empty(), OptionalInt.empty(), reference, "");
  }

  private static OperationFilter route(String route) {
    return filter(
        Optional.empty(), CallerFilter.ANY, Optional.of(route), OptionalInt.empty(), "", "");
  }

  private static OperationFilter by(String tenant, String client, String user) {
    var caller = new CallerFilter(given(tenant), given(client), given(user));
    return filter(Optional.empty(), caller, Optional.empty(), OptionalInt.empty(), "", "");
  }

  private static OperationFilter filter(
      Optional<ErrorCode> code,
      CallerFilter caller,
      Optional<String> route,
      OptionalInt status,
      String reference,
      String errorText) {
    var all = OperationFilter.ALL;
    return new OperationFilter(
        Set.of(),
        code,
        caller,
        route,
        status,
        given(reference),
        given(errorText),
        all.from(),
        all.to());
  }

  private static Optional<String> given(String text) {
    return Optional.of(text).filter(value -> !value.isEmpty());
  }

  private static OperationFilter between(Instant from, Instant to) {
    var all = OperationFilter.ALL;
    return new OperationFilter(
        all.phases(),
        all.errorCode(),
        all.caller(),
        all.route(),
        all.statusCode(),
        all.reference(),
        all.errorText(),
        OperationId.lowest(from),
        OperationId.lowest(to));
  }
}
