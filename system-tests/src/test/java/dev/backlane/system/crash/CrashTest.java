package dev.backlane.system.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Operations that were accepted with 202 end even if the process is killed right afterwards.
final class CrashTest {
  private static final int OPERATIONS = 1_000;
  private static final int CONCURRENCY = 20;
  private static final int CLIENTS = 16;

  @Test
  @Timeout(60)
  void aKilledProcessLeavesNoTemporaryFiles(@TempDir Path temporary) throws Exception {
    var options = "-Djava.io.tmpdir=" + temporary;
    try (var gateway = TestGateway.with("").jvmOptions(options).start()) {
      assertThat(gateway.http().post("/call", "{}", "erp-api-background", "none").status())
          .isEqualTo(202);
      gateway.crash();
      try (var left = Files.list(temporary)) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  @Timeout(120)
  void acceptedOperationsEndAfterSigkill() throws Exception {
    try (var gateway =
        TestGateway.with(
                "execution: { concurrency: "
                    + CONCURRENCY
                    + ", concurrency-per-tenant: "
                    + CONCURRENCY
                    + " }\n")
            .start()) {
      var restarted = new CountDownLatch(1);
      gateway
          .api()
          .on(
              "/job",
              (request, client) -> {
                restarted.await();
                RecordingApi.send(client, 200, request.body());
              });

      var ids = submitAll(gateway.http());
      gateway.crash();
      restarted.countDown();
      gateway.restart();
      var states = endsOf(ids, gateway.http());

      var phases =
          states.values().stream()
              .collect(
                  Collectors.groupingBy(BackgroundRequestStateDto::phase, Collectors.counting()));
      // Calls that were in flight at the crash may have acted, so a POST is not repeated.
      assertThat(phases)
          .isEqualTo(
              Map.of(
                  Phase.FINISHED,
                  (long) OPERATIONS - CONCURRENCY,
                  Phase.FAILED,
                  (long) CONCURRENCY));
      assertThat(states.values())
          .filteredOn(state -> state.phase() == Phase.FAILED)
          .allSatisfy(state -> assertThat(state.errorMessage()).startsWith("Outcome unknown"));
      assertThat(gateway.api().received("/job"))
          .as("each POST reached the upstream once")
          .extracting(request -> request.values("Idempotency-Key").getFirst())
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(ids);
    }
  }

  private static List<String> submitAll(Http http) throws Exception {
    return inParallel(
        IntStream.range(0, OPERATIONS).boxed().toList(),
        number -> {
          var response = http.post("/job", "job " + number, "erp-api-background", "none");
          assertThat(response.status()).as(response.text()).isEqualTo(202);
          return response.accepted().id();
        });
  }

  private static Map<String, BackgroundRequestStateDto> endsOf(List<String> ids, Http http)
      throws Exception {
    return inParallel(ids, http::awaitEnd).stream()
        .collect(Collectors.toMap(BackgroundRequestStateDto::id, Function.identity()));
  }

  /// A call for one of many items, made by several threads at a time.
  @FunctionalInterface
  private interface Work<T, R> {
    R on(T item) throws Exception;
  }

  private static <T, R> List<R> inParallel(List<T> items, Work<T, R> work) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Callable<R>> calls =
          items.stream().<Callable<R>>map(item -> () -> work.on(item)).toList();
      var results = new ArrayList<R>();
      for (var result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
