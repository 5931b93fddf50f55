package dev.backlane.gateway.api;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.protocol.field.ResponseCredentials;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Describes the state of an operation in the documented terms (CONTRACT 1.2). Stateless.
public final class StateDocument {
  private StateDocument() {}

  /// @param base of the locations in the document
  /// @param locations those of the upstream's response
  static BackgroundRequestStateDto of(
      Operation operation, String base, PublicAddress publicAddress, UpstreamLocations locations) {
    var state = operation.state();
    var response = response(state);
    return new BackgroundRequestStateDto(
        operation.id().toString(),
        status(state),
        statusCode(state),
        operation.id().receivedAt(),
        state.startedAt().orElse(null),
        endedAt(state).orElse(null),
        webhookAddress(operation.notification()),
        errorMessage(state).orElse(null),
        operation.reference().orElse(null),
        publicAddress.uriOf(operation.request().target()),
        operation.request().contentLength() > 0,
        response.filter(each -> each.contentLength() > 0).isPresent(),
        PublicAddress.content(base, operation.id()),
        response.map(each -> headers(each, locations)).orElse(Map.of()),
        phase(state),
        state.attempt(),
        lastError(state).orElse(null),
        nextAttempt(state).orElse(null),
        OperationFilter.errorCode(state).map(ErrorCode::wire).orElse(null));
  }

  /// The documented status.
  public static Status status(State state) {
    return switch (state) {
      case State.Queued _, State.Held _, State.Running _ -> Status.STARTED;
      case State.Finished _ -> Status.FINISHED;
      case State.Failed _, State.Canceled _ -> Status.FAILED;
    };
  }

  /// The status code of the upstream's response; 0 if there is none.
  public static int statusCode(State state) {
    return response(state).map(Response::statusCode).orElse(0);
  }

  static Phase phase(State state) {
    return switch (dev.backlane.engine.store.search.Phase.of(state)) {
      case QUEUED -> Phase.QUEUED;
      case RETRYING -> Phase.RETRYING;
      case HELD -> Phase.HELD;
      case RUNNING -> Phase.RUNNING;
      case FINISHED -> Phase.FINISHED;
      case FAILED -> Phase.FAILED;
      case CANCELED -> Phase.CANCELED;
    };
  }

  private static Optional<String> lastError(State state) {
    return switch (state) {
      case State.Queued queued -> queued.lastError();
      case State.Held held -> held.queued().lastError();
      case State.Running _, State.Ended _ -> Optional.empty();
    };
  }

  private static Optional<Instant> nextAttempt(State state) {
    return state instanceof State.Queued queued && phase(state) == Phase.RETRYING
        ? Optional.of(queued.dueAt())
        : Optional.empty();
  }

  static Optional<Response> response(State state) {
    return state instanceof State.Finished finished
        ? Optional.of(finished.response())
        : Optional.empty();
  }

  private static Optional<Instant> endedAt(State state) {
    return state instanceof State.Ended ended ? Optional.of(ended.endedAt()) : Optional.empty();
  }

  private static Optional<String> errorMessage(State state) {
    return switch (state) {
      case State.Failed failed -> Optional.of(failed.reason());
      case State.Canceled canceled -> Optional.of(canceled.reason());
      case State.Queued _, State.Held _, State.Running _, State.Finished _ -> Optional.empty();
    };
  }

  private static String webhookAddress(Notification notification) {
    return switch (notification) {
      case Notification.None _ -> "none";
      case Notification.Address(var uri) -> uri;
      case Notification.Subscription(var _, var uri, var _) -> uri;
    };
  }

  // Repeated fields become one value, joined as RFC 9110 section 5.3 allows; names keep the
  // upstream's letter case. Credentials are for the caller of the endpoint alone.
  private static Map<String, String> headers(Response response, UpstreamLocations locations) {
    var joined = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (Header header : response.headers()) {
      if (ResponseCredentials.isOne(header.name(), header.value())) {
        continue;
      }
      // The documented key; an upstream may use another letter case.
      var name = header.is("Content-Type") ? "Content-Type" : header.name();
      joined.merge(name, locations.of(header).value(), (first, second) -> first + ", " + second);
    }
    return joined;
  }
}
