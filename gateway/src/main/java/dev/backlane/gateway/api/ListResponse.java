package dev.backlane.gateway.api;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Reader;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Lists a caller's operations, newest first, a page at a time. A page ends early if its operations
/// are large or little memory is left. Thread-safe.
public final class ListResponse {
  /// Operations that are read first; their size determines how many follow at a time.
  private static final int FIRST_READ = 16;

  /// The bytes of documents whose operations are in memory at a time.
  private static final int READ_BYTES = 256 * 1024;

  private final OperationStore store;
  private final PublicAddress publicAddress;
  private final MemoryBudget memory;
  private final UpstreamLocations locations;

  /// @param memory for the pages of all callers
  /// @param locations those of the upstream's responses
  public ListResponse(
      OperationStore store,
      PublicAddress publicAddress,
      MemoryBudget memory,
      UpstreamLocations locations) {
    this.store = store;
    this.publicAddress = publicAddress;
    this.memory = memory;
    this.locations = locations;
  }

  void send(Call call, Reader reader, String base) {
    var listing = listing(Query.of(call), reader);
    try (var reserved = memory.reservation()) {
      byte[] page = page(listing, base, new PageDocument(reserved));
      call.response()
          .set("Content-Type", Accepted.APPLICATION_JSON)
          .set("Cache-Control", "private, no-cache");
      call.respond(page);
    }
  }

  private byte[] page(Listing listing, String base, PageDocument page) {
    var next = Optional.of(listing.to());
    int count = Math.min(FIRST_READ, listing.limit());
    while (count > 0 && next.isPresent()) {
      var read = store.list(listing.part(next.get(), count));
      for (var operation : read.operations()) {
        if (!page.add(StateDocument.of(operation, base, publicAddress, locations))) {
          return page.complete(next);
        }
        next = Optional.of(operation.id());
      }
      next = read.next();
      boolean endedEarly = read.operations().size() < count;
      int left = listing.limit() - page.items();
      count = endedEarly ? 0 : Math.min(left, Math.max(1, READ_BYTES / page.itemBytes()));
    }
    return page.complete(next);
  }

  private Listing listing(Query query, Reader reader) {
    int limit = query.limit();
    var before = query.instant("receivedBefore").orElse(OperationId.TIME_MAX);
    var to = query.cursor();
    var upper = OperationId.lowest(clamped(before));
    return new Listing(
        reader,
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
