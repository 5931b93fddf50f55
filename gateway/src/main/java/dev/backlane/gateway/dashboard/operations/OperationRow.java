package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.State;
import dev.backlane.gateway.operations.OperationSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// An operation as the pages show it.
public record OperationRow(OperationSummary summary) {
  /// Its id as text.
  public String id() {
    return summary.operation().id().toString();
  }

  /// The path of its page.
  public String path() {
    return OperationsPage.PATH + "/" + id();
  }

  /// Such as `POST /v1/reports?year=2026`.
  public String call() {
    var request = summary.operation().request();
    return request.method() + " " + request.target();
  }

  /// The word of its state: that of its phase, or `unknown` if the upstream may have acted.
  public String state() {
    return summary.errorCode().filter(code -> code == ErrorCode.OUTCOME_UNKNOWN).isPresent()
        ? "unknown"
        : summary.phase().wire();
  }

  public Instant received() {
    return summary.operation().id().receivedAt();
  }

  /// From its receipt to its end; empty if it has not ended.
  public Optional<Duration> took() {
    return summary.endedAt().map(end -> Duration.between(received(), end));
  }

  /// The number of its present or last attempt.
  public int attempt() {
    return summary.operation().state().attempt();
  }

  /// When its first attempt started.
  public Optional<Instant> started() {
    return summary.operation().state().startedAt();
  }

  /// Whether it ended with an error of the upstream, 400 or more.
  public boolean upstreamError() {
    return summary.statusCode() >= 400;
  }

  /// Whether it ended without a response.
  public boolean failed() {
    return summary.operation().state() instanceof State.Failed;
  }
}
