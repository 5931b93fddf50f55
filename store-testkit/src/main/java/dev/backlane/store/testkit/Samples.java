package dev.backlane.store.testkit;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.listing.Listing;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Makes operations that look like real ones, the same each time for the same seed. Thread-safe.
public final class Samples {
  /// The tenant of [#CALLER].
  public static final String TENANT = "company-1";

  /// A caller known by its client and its user.
  public static final Caller CALLER = new Caller(TENANT, "client-1", "user-1");

  /// A lease of some process.
  public static final Lease LEASE = new Lease("node-1", 1);

  /// The route of all that is made.
  public static final String ROUTE = "POST /v1/invoices/*/release";

  private static final String BASE = "https://api.example.com";

  private final InstantSource clock;
  private final OperationIds ids;

  /// @param clock the time of receipt of what is made
  public Samples(InstantSource clock, long seed) {
    this.clock = clock;
    this.ids = new OperationIds(clock, new Random(seed));
  }

  /// A new operation of [#CALLER] that is due at once.
  public Operation queued() {
    return queued(CALLER);
  }

  /// A new operation that is due at once.
  public Operation queued(Caller caller) {
    return operation(caller, Optional.empty(), Lifecycle.queued(clock.instant()));
  }

  /// A new operation that carries a reference.
  public Operation referring(String reference) {
    return operation(CALLER, Optional.of(reference), Lifecycle.queued(clock.instant()));
  }

  /// A new operation that runs already.
  public Operation started(Lease lease) {
    return operation(CALLER, Optional.empty(), Lifecycle.startedAtOnce(lease, clock.instant()));
  }

  /// A new operation in a state.
  public Operation operation(Caller caller, Optional<String> reference, State state) {
    var id = ids.next();
    var request =
        new Request(
            "POST",
            "/v1/invoices/%C3%A6/release?a=1&b=%20",
            List.of(
                new Header("Content-Type", "application/json"),
                new Header("X-Twice", "one"),
                new Header("x-twice", "æøå ✓ two"),
                new Header("X-Empty", "")),
            11);
    var notification =
        switch ((int) Math.floorMod(id.low(), 3L)) {
          case 0 -> new Notification.None();
          case 1 -> new Notification.Address("https://hooks.example.com/a?b=c");
          default ->
              new Notification.Subscription(
                  "sub_17", "https://hooks.example.com/s", List.of(new Header("X-Order", "17")));
        };
    var credentials = new SealedCredentials("sealed-token".getBytes(StandardCharsets.UTF_8));
    return new Operation(
        id, caller, request, BASE, notification, ROUTE, reference, credentials, state, 0);
  }

  /// The next version of an operation: its turn comes at `dueAt`, as the next attempt.
  public static Operation retrying(Operation operation, Instant dueAt) {
    var state = operation.state();
    return operation.to(new State.Queued(state.attempt() + 1, dueAt, state.startedAt()));
  }

  /// The next version of an operation: an answer came.
  public Operation finished(Operation operation, long contentLength) {
    var reply =
        new Response(201, List.of(new Header("Content-Type", "application/json")), contentLength);
    var state = operation.state();
    return operation.to(
        new State.Finished(state.attempt(), state.startedAt(), clock.instant(), reply));
  }

  /// The next version of an operation: it failed.
  public Operation failed(Operation operation) {
    var state = operation.state();
    return operation.to(
        new State.Failed(
            state.attempt(), state.startedAt(), clock.instant(), "Outcome unknown: æ"));
  }

  /// The next version of an operation: it was called off.
  public Operation canceled(Operation operation) {
    var state = operation.state();
    return operation.to(
        new State.Canceled(state.attempt(), state.startedAt(), clock.instant(), "Canceled"));
  }

  /// A key of a call, valid since a time.
  public static IdempotencyKey key(String key, String call, Instant validSince) {
    return new IdempotencyKey(key, call.getBytes(StandardCharsets.UTF_8), validSince);
  }

  /// The first page of everything that a caller may read.
  public static Listing listing(Caller caller, int limit) {
    return new Listing(
        caller,
        OperationId.lowest(Instant.EPOCH),
        new OperationId(-1, -1),
        Optional.empty(),
        _ -> true,
        limit);
  }

  /// Bytes that do not repeat, the same for the same seed.
  public static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
