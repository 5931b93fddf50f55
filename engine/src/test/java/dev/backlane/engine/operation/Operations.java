package dev.backlane.engine.operation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Operations for tests.
final class Operations {
  static final Instant RECEIVED = Instant.parse("2026-01-31T12:00:00Z");
  static final Lease LEASE = new Lease("node", 1);

  private Operations() {}

  static Operation running(String method, int attempt) {
    return in(method, new State.Running(attempt, Optional.of(RECEIVED), LEASE));
  }

  static Operation in(String method, State state) {
    return new Operation(
        OperationId.lowest(RECEIVED),
        new Caller("tenant", "client", "user"),
        new Request(method, "/invoices/1", List.of(), 0),
        "http://localhost",
        new Notification.None(),
        "",
        Optional.empty(),
        new SealedCredentials(new byte[] {1}),
        state,
        1);
  }
}
