package dev.backlane.gateway.api;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.BackgroundRequestPage;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Lists a caller's operations, newest first, a page at a time. Thread-safe.
public final class ListResponse {
  private final OperationStore store;
  private final PublicAddress publicAddress;

  public ListResponse(OperationStore store, PublicAddress publicAddress) {
    this.store = store;
    this.publicAddress = publicAddress;
  }

  void send(Call call, Caller caller, String base) {
    var page = store.list(listing(Query.of(call), caller));
    var items =
        page.operations().stream()
            .map(operation -> StateDocument.of(operation, base, publicAddress))
            .toList();
    call.response()
        .set("Content-Type", Accepted.APPLICATION_JSON)
        .set("Cache-Control", "private, no-cache");
    call.respond(
        Json.bytes(
            new BackgroundRequestPage(items, page.next().map(OperationId::toString).orElse(null))));
  }

  private Listing listing(Query query, Caller caller) {
    int limit = query.limit();
    var before = query.instant("receivedBefore").orElse(OperationId.TIME_MAX);
    var to = query.cursor();
    var upper = OperationId.lowest(clamped(before));
    return new Listing(
        caller,
        query
            .instant("receivedAfter")
            .map(after -> OperationId.lowest(clamped(after.plusMillis(1))))
            .orElse(OperationId.lowest(Instant.EPOCH)),
        to.compareTo(upper) < 0 ? to : upper,
        query.text("reference"),
        filter(query),
        limit);
  }

  private Predicate<Operation> filter(Query query) {
    var status = one(query, "status", Status.values(), Status::wire);
    var phase = one(query, "phase", Phase.values(), Phase::wire);
    return operation ->
        (status.isEmpty() || status.get() == StateDocument.status(operation.state()))
            && (phase.isEmpty() || phase.get() == StateDocument.phase(operation.state()));
  }

  private static <T> Optional<T> one(
      Query query, String name, T[] values, Function<T, String> wire) {
    var names = String.join(", ", Arrays.stream(values).map(wire).toList());
    return query.parsed(
        name,
        text ->
            Arrays.stream(values)
                .filter(value ->
                    wire.apply(value)
                        .toLowerCase(Locale.ROOT)
                        .equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new),
        "one of " + names);
  }

  private static Instant clamped(Instant time) {
    if (time.isBefore(Instant.EPOCH)) {
      return Instant.EPOCH;
    }
    return time.isAfter(OperationId.TIME_MAX) ? OperationId.TIME_MAX : time;
  }
}
