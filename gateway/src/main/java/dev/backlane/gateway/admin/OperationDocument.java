package dev.backlane.gateway.admin;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.gateway.api.StateDocument;
import dev.backlane.gateway.operations.OperationAction;
import dev.backlane.gateway.operations.OperationDetail;
import dev.backlane.gateway.operations.OperationSummary;
import dev.backlane.gateway.operations.Waiting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Describes operations to an operator. Stateless.
final class OperationDocument {
  private OperationDocument() {}

  static Map<String, Object> of(OperationSummary summary) {
    var operation = summary.operation();
    var state = operation.state();
    var document = new LinkedHashMap<String, Object>();
    document.put("id", operation.id().toString());
    document.put("state", StateDocument.status(state).wire());
    document.put("phase", summary.phase().wire());
    document.put("statusCode", summary.statusCode());
    document.put("errorCode", summary.errorCode().map(ErrorCode::wire).orElse(null));
    document.put("error", summary.error().orElse(null));
    document.put("tenant", operation.caller().tenant());
    document.put("client", operation.caller().client());
    document.put("user", operation.caller().subject());
    document.put("route", operation.route());
    document.put("method", operation.request().method());
    document.put("target", operation.request().target());
    document.put("reference", operation.reference().orElse(null));
    document.put("receivedUtc", operation.id().receivedAt());
    document.put("startedUtc", state.startedAt().orElse(null));
    document.put("finishedUtc", summary.endedAt().orElse(null));
    document.put("attempt", state.attempt());
    document.put("nextAttemptUtc", summary.dueAt().orElse(null));
    document.put("requestBytes", operation.request().contentLength());
    document.put("responseBytes", summary.responseBytes());
    document.put("retryOf", operation.retryOf().map(OperationId::toString).orElse(null));
    return document;
  }

  /// @param delivery the document of the delivery; null if there is none
  static Map<String, Object> of(OperationDetail detail, @Nullable Map<String, Object> delivery) {
    var document = of(detail.summary());
    document.put("node", detail.summary().node().orElse(null));
    document.put("traceId", detail.traceId().orElse(null));
    document.put("waiting", detail.waiting().map(OperationDocument::of).orElse(null));
    document.put("attempts", detail.attempts().stream().map(OperationDocument::of).toList());
    document.put("requestHeaders", headers(detail.requestHeaders()));
    document.put("responseHeaders", headers(detail.responseHeaders()));
    document.put("webhookAddress", address(detail.summary().operation().notification()));
    document.put("delivery", delivery);
    document.put("actions", detail.actions().stream().map(OperationAction::wire).sorted().toList());
    return document;
  }

  private static Map<String, Object> of(Waiting waiting) {
    var document = new LinkedHashMap<String, Object>();
    document.put(
        "reasons",
        waiting.reasons().stream()
            .map(reason -> Map.of("code", reason.code().wire(), "detail", reason.detail()))
            .toList());
    document.put("nextAttemptUtc", waiting.nextAttempt().orElse(null));
    document.put("ahead", waiting.ahead().map(MatchCount::number).orElse(null));
    document.put("aheadAtLeast", waiting.ahead().map(MatchCount::more).orElse(false));
    return document;
  }

  private static Map<String, Object> of(PastAttempt attempt) {
    var document = new LinkedHashMap<String, Object>();
    document.put("number", attempt.number());
    document.put("startedUtc", attempt.startedAt().orElse(null));
    document.put("tookMillis", attempt.startedAt().isPresent() ? attempt.took().toMillis() : null);
    document.put("result", attempt.result().wire());
    document.put("statusCode", attempt.statusCode());
    document.put("error", attempt.error().isEmpty() ? null : attempt.error());
    document.put("node", attempt.node());
    return document;
  }

  private static List<Map<String, String>> headers(List<Header> headers) {
    return headers.stream()
        .map(header -> Map.of("name", header.name(), "value", header.value()))
        .toList();
  }

  private static @Nullable String address(Notification notification) {
    return switch (notification) {
      case Notification.None _ -> null;
      case Notification.Address(var uri) -> uri;
      case Notification.Subscription(var _, var uri, var _) -> uri;
    };
  }
}
