package dev.backlane.benchmarks.search;

import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.engine.operation.history.PastAttempt.Result;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreImport.Copy;
import dev.backlane.engine.store.content.Content;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;

/// Fills a store with operations of one day: of 100 tenants, of which one has few, on 10 routes.
/// One of 1,000 has failed, one of 50 has an error as its response, and one of 20,000 is retrying.
/// Stateless.
public final class SearchedStore {
  /// A tenant with one operation of 10,000.
  static final String SMALL_TENANT = "small";

  /// The route of one operation of 10.
  static final String ROUTE = "POST /route/3";

  private static final int TENANTS = 100;
  private static final int ROUTES = 10;
  private static final int BATCH = 2_000;
  private static final int SAMPLE = 5_000;

  private SearchedStore() {}

  static void fill(Store store, int operations) {
    fill(store, operations, Optional.empty());
  }

  /// Fills a store with operations of one caller.
  ///
  /// @return the ids of some of them, spread evenly
  public static List<OperationId> fill(Store store, int operations, Caller caller) {
    return fill(store, operations, Optional.of(caller));
  }

  private static List<OperationId> fill(Store store, int operations, Optional<Caller> caller) {
    var target = store.transferTarget();
    target.begin();
    var random = new SplittableRandom(1);
    var start = Instant.now().minus(Duration.ofHours(23));
    long stepNanos = Duration.ofHours(23).toNanos() / operations;
    var times = new Instant[] {start};
    var ids = new OperationIds(() -> times[0], new Random(1));
    var batch = new ArrayList<Copy>();
    var sample = new ArrayList<OperationId>();
    int sampleInterval = Math.max(1, operations / SAMPLE);
    for (int i = 0; i < operations; i++) {
      times[0] = start.plusNanos(i * stepNanos);
      var operation = operation(ids, i, random, times[0], caller);
      batch.add(copy(operation));
      if (i % sampleInterval == 0) {
        sample.add(operation.id());
      }
      if (batch.size() == BATCH || i == operations - 1) {
        target.operations(batch);
        batch.clear();
      }
    }
    target.end();
    return sample;
  }

  private static Copy copy(Operation operation) {
    var stored =
        new StoredOperation(
            operation.id(),
            OperationCodec.call(operation),
            OperationCodec.progress(Progress.of(operation)),
            Optional.empty(),
            Optional.empty());
    return new Copy(stored, operation, Content.EMPTY, Content.EMPTY);
  }

  private static Operation operation(
      OperationIds ids, int number, SplittableRandom random, Instant now, Optional<Caller> caller) {
    var tenant = number % 10_000 == 17 ? SMALL_TENANT : "tenant-" + random.nextInt(TENANTS);
    return new Operation(
        ids.next(),
        caller.orElseGet(() -> new Caller(tenant, "client-" + random.nextInt(5), "")),
        new Request(
            "POST",
            "/route/" + random.nextInt(ROUTES) + "/items?number=" + number,
            List.of(
                new Header("Content-Type", "application/json"),
                new Header("User-Agent", "example/1.0"),
                new Header("Accept", "*/*")),
            0),
        "https://api.example.com",
        new Notification.None(),
        "POST /route/" + number % ROUTES,
        Optional.of("order " + number),
        SealedCredentials.NONE,
        state(number, now),
        2,
        Optional.empty(),
        List.of(
            new PastAttempt(
                1,
                Optional.of(now),
                Duration.ofMillis(120),
                Result.RESPONDED,
                200,
                "",
                "3f0c5b52-5c9b-4a4f-8f7e-0a2b8a4f1c11",
                true)));
  }

  private static State state(int number, Instant now) {
    var started = Optional.of(now);
    if (number % 20_000 == 7) {
      return new State.Queued(
          2, now.plus(Duration.ofDays(1)), started, Optional.of("Connection refused"));
    }
    if (number % 1_000 == 1) {
      return new State.Failed(
          1, started, now, ErrorCode.OUTCOME_UNKNOWN, "Outcome unknown: Connection reset");
    }
    int status = number % 50 == 2 ? 500 : 200;
    return new State.Finished(
        1,
        started,
        now,
        new Response(status, List.of(new Header("Content-Type", "application/json")), 0));
  }
}
