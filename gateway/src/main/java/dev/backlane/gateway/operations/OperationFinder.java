package dev.backlane.gateway.operations;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.Phase;
import dev.backlane.protocol.field.ResponseCredentials;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Finds operations for operators. Thread-safe.
public final class OperationFinder {
  /// W3C Trace Context, section 3.2: version, trace id, parent id, flags.
  private static final Pattern TRACE_PARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  private static final String NO_TRACE = "0".repeat(32);

  private final OperationStore store;
  private final OperationSearch search;
  private final DeliveryStore deliveries;
  private final DeliveryDispatcher dispatcher;
  private final WaitReasons reasons;

  /// @param dispatcher knows when the next attempt of a delivery begins
  public OperationFinder(
      OperationStore store,
      OperationSearch search,
      DeliveryStore deliveries,
      DeliveryDispatcher dispatcher,
      WaitReasons reasons) {
    this.store = store;
    this.search = search;
    this.deliveries = deliveries;
    this.dispatcher = dispatcher;
    this.reasons = reasons;
  }

  /// One page of operations, newest first.
  ///
  /// @param before the cursor (exclusive)
  /// @param limit rows of the page, 1 to 200
  public OperationPage list(OperationFilter filter, OperationId before, int limit) {
    var page = search.search(filter, before, limit);
    return new OperationPage(
        page.operations().stream().map(OperationSummary::new).toList(),
        page.next(),
        page.incomplete());
  }

  /// How many operations match, by phase: each phase that the filter permits.
  public Map<Phase, MatchCount> counts(OperationFilter filter) {
    return search.countByPhase(filter);
  }

  /// One operation; empty if it does not exist or was pruned.
  public Optional<OperationDetail> find(OperationId id) {
    return store.find(id).map(this::detail);
  }

  private OperationDetail detail(Operation operation) {
    var delivery = deliveries.find(operation.id());
    return new OperationDetail(
        new OperationSummary(operation),
        reasons.of(operation),
        delivery,
        delivery.filter(each -> !each.ended()).flatMap(this::nextAttempt),
        traceId(operation),
        withoutCredentials(operation.request().headers()),
        responseHeaders(operation),
        OperationAction.in(operation.state()));
  }

  private Optional<Instant> nextAttempt(Delivery delivery) {
    return dispatcher.nextAttempt(delivery);
  }

  private static Optional<String> traceId(Operation operation) {
    return operation.request().headers().stream()
        .filter(header -> header.is("traceparent"))
        .map(header -> TRACE_PARENT.matcher(header.value()))
        .filter(matcher -> matcher.matches())
        .map(matcher -> matcher.group(1))
        .filter(id -> !id.equals(NO_TRACE))
        .findFirst();
  }

  private static List<Header> responseHeaders(Operation operation) {
    return operation.state() instanceof State.Finished finished
        ? withoutCredentials(finished.response().headers())
        : List.of();
  }

  // Of a request, the token and the cookies are stored apart; others, such as keys, are not.
  private static List<Header> withoutCredentials(List<Header> headers) {
    return headers.stream()
        .filter(header -> !ResponseCredentials.isOne(header.name(), header.value()))
        .toList();
  }
}
