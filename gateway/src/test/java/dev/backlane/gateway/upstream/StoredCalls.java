package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Upstream.Outcome;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.http.Call.ConnectionScope;
import dev.backlane.gateway.tracing.Tracing;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/// Stored requests to send with an [HttpUpstream], and servers that record what they received.
abstract class StoredCalls {
  static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  static final OperationId ID =
      OperationId.parse("019ab000-0000-7000-8000-000000000001").orElseThrow();
  static final Duration LONG = Duration.ofSeconds(20);
  static final long BODY_MAX = 4 * 1024 * 1024;
  static final CallOrigin ORIGIN = new CallOrigin(new ConnectionScope(), List.of());

  final MemoryStore store = new MemoryStore();
  final ArrayBlockingQueue<String> requests = new ArrayBlockingQueue<>(100);

  @AfterEach
  void closes() {
    assertThat(store.openSpools()).as("spools left open").isZero();
    store.close();
  }

  ScriptedServer recording(String response) {
    return new ScriptedServer(wire -> {
      while (true) {
        requests.add(wire.readRequest());
        wire.send(response);
      }
    });
  }

  static ScriptedServer once(String response) {
    return new ScriptedServer(wire -> {
      if (!response.startsWith("this")) {
        wire.readRequest();
      }
      wire.send(response);
      wire.socket().shutdownOutput();
      wire.readAll();
    });
  }

  String recorded() throws InterruptedException {
    var request = requests.poll(10, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return String.valueOf(request);
  }

  Outcome send(URI upstream, Attempt attempt) {
    try (var client = new UpstreamClient(upstream, Duration.ofSeconds(5), 4)) {
      return send(client, attempt);
    }
  }

  static Outcome send(UpstreamClient client, Attempt attempt) {
    Credentials credentials =
        operation ->
            operation.credentials().isEmpty()
                ? List.of()
                : List.of(new Header("Authorization", "Bearer opened"));
    return new HttpUpstream(
            client,
            credentials,
            () -> BODY_MAX,
            MemoryBudget.UNLIMITED,
            InstantSource.fixed(NOW),
            Tracing.OFF)
        .send(attempt);
  }

  static Verdict.Responded responded(Outcome outcome) {
    assertThat(outcome.verdict()).isInstanceOf(Verdict.Responded.class);
    return (Verdict.Responded) outcome.verdict();
  }

  static byte[] bytes(Outcome outcome) throws IOException {
    responded(outcome);
    var content = (Content.Inline) outcome.response().content();
    return Arrays.copyOf(content.bytes(), content.bytes().length);
  }

  static ExecutionPolicy policy(Duration timeout) {
    return policy(timeout, Duration.ZERO);
  }

  static ExecutionPolicy policy(Duration timeout, Duration responseStart) {
    var retry =
        new RetryPolicy(
            5,
            Duration.ofHours(24),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            RetryPolicy.RETRY_ON_DEFAULT,
            false);
    return new ExecutionPolicy(retry, timeout, responseStart);
  }

  Attempt get() {
    return attempt(LONG);
  }

  Attempt attempt(Duration timeout) {
    return attempt("GET", "/", List.of(), new byte[0], timeout);
  }

  Attempt attempt(String method, String target, List<Header> headers, byte[] body) {
    return attempt(method, target, headers, body, LONG);
  }

  Attempt attempt(
      String method, String target, List<Header> headers, byte[] body, Duration timeout) {
    var operation =
        new Operation(
            ID,
            Caller.ANONYMOUS,
            new Request(method, target, headers, body.length),
            "http://localhost",
            new Notification.None(),
            "",
            Optional.empty(),
            new SealedCredentials(new byte[] {1}),
            new State.Running(1, Optional.of(NOW), new Lease("test", 1)),
            1);
    return new Attempt(
        operation,
        new InMemoryContent(body),
        policy(timeout),
        () -> store.operations().spool(ID, "company-1", Part.RESPONSE));
  }
}
