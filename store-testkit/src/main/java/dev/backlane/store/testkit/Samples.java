package dev.backlane.store.testkit;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Creates realistic operations. The same seed creates the same operations. Thread-safe.
public final class Samples {
  /// The tenant of [#CALLER].
  public static final String TENANT = "company-1";

  /// A caller with a client and a user.
  public static final Caller CALLER = new Caller(TENANT, "client-1", "user-1");

  /// The lease of a process.
  public static final Lease LEASE = new Lease("node-1", 1);

  /// The route of all operations.
  public static final String ROUTE = "POST /v1/invoices/*/release";

  /// The length of the request content that all operations declare.
  public static final int REQUEST_BYTES = 11;

  private static final String BASE = "https://api.example.com";

  private final InstantSource clock;
  private final OperationIds ids;

  /// @param clock the time at which new operations are received
  public Samples(InstantSource clock, long seed) {
    this.clock = clock;
    this.ids = new OperationIds(clock, new Random(seed));
  }

  /// Creates a queued operation of [#CALLER] that is due now.
  public Operation queued() {
    return queued(CALLER);
  }

  /// Creates a queued operation that is due now.
  public Operation queued(Caller caller) {
    return operation(caller, Optional.empty(), Lifecycle.queued(clock.instant()));
  }

  /// Creates a queued operation with a reference.
  public Operation referring(String reference) {
    return operation(CALLER, Optional.of(reference), Lifecycle.queued(clock.instant()));
  }

  /// Creates an operation that is running under a lease.
  public Operation started(Lease lease) {
    return operation(CALLER, Optional.empty(), Lifecycle.startedAtOnce(lease, clock.instant()));
  }

  /// Creates an operation in a state.
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
            REQUEST_BYTES);
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

  /// Returns the next version of an operation, whose next attempt is due at `dueAt`.
  public static Operation retrying(Operation operation, Instant dueAt) {
    var state = operation.state();
    return operation.to(
        new State.Queued(state.attempt() + 1, dueAt, state.startedAt(), Optional.of("refused: é")));
  }

  /// Returns the next version of an operation, which finished with a response.
  public Operation finished(Operation operation, long contentLength) {
    var response =
        new Response(201, List.of(new Header("Content-Type", "application/json")), contentLength);
    var state = operation.state();
    return operation.to(
        new State.Finished(state.attempt(), state.startedAt(), clock.instant(), response));
  }

  /// Returns the next version of an operation, which failed.
  public Operation failed(Operation operation) {
    var state = operation.state();
    return operation.to(
        new State.Failed(
            state.attempt(),
            state.startedAt(),
            clock.instant(),
            ErrorCode.OUTCOME_UNKNOWN,
            "Outcome unknown: æ"));
  }

  /// Returns the next version of an operation, which was canceled.
  public Operation canceled(Operation operation) {
    var state = operation.state();
    return operation.to(
        new State.Canceled(state.attempt(), state.startedAt(), clock.instant(), "Canceled"));
  }

  /// Creates the idempotency key of a call.
  public static IdempotencyKey key(String key, String call) {
    return key(key, Ownership.USER, call);
  }

  /// Creates the idempotency key of a call to a gateway with an ownership.
  public static IdempotencyKey key(String key, Ownership ownership, String call) {
    return new IdempotencyKey(key, ownership, call.getBytes(StandardCharsets.UTF_8));
  }

  /// Creates a query for the first page of all operations that a caller may read.
  public static Listing listing(Caller caller, int limit) {
    return listing(new Reader(Ownership.USER, caller), limit);
  }

  /// Creates a query for the first page of all operations that a reader may read.
  public static Listing listing(Reader reader, int limit) {
    return new Listing(
        reader,
        OperationId.lowest(Instant.EPOCH),
        new OperationId(-1, -1),
        Optional.empty(),
        _ -> true,
        limit);
  }

  /// The content of the requests of samples. An operation that is executed needs it in the store.
  public static Content requestContent() {
    return new Content.Inline(bytes(REQUEST_BYTES, 1));
  }

  /// Creates random bytes, which do not compress. The same seed creates the same bytes.
  public static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
