package dev.backlane.client;

import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.BaseUri;
import dev.backlane.client.http.ContentReader;
import dev.backlane.client.http.ContentStream;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.NoResponseException;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.BoundedBody;
import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Documents.MalformedException;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Reads and cancels operations. Thread-safe.
final class Operations {
  private static final String COLLECTION = "/v1/background";
  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final int NO_CONTENT = 204;
  private static final int CONFLICT = 409;

  private final Transport transport;

  Operations(Transport transport) {
    this.transport = transport;
  }

  static String target(String id) {
    return COLLECTION + "/" + BaseUri.encoded(id);
  }

  static Requesting reading(String id) {
    return new Requesting("Reading the state of operation " + id);
  }

  /// Reads a state document.
  ///
  /// @throws MalformedException if it is not one
  static OperationState state(byte[] document) throws MalformedException {
    var state = Documents.read(document, OperationState.class);
    if (state.status() == null) {
      throw new MalformedException(
          "The response is not the state of an operation: it has no status. Is the base URI that of"
              + " the API?");
    }
    return state;
  }

  /// The state now.
  ///
  /// @throws ApiException if it is refused
  OperationState state(String id) throws IOException, InterruptedException {
    return state(transport.get(target(id), reading(id)).body());
  }

  /// A page of the list.
  OperationPage list(Map<String, String> parameters) throws IOException, InterruptedException {
    var query =
        parameters.entrySet().stream()
            .map(each -> BaseUri.encoded(each.getKey()) + "=" + BaseUri.encoded(each.getValue()))
            .collect(Collectors.joining("&", "?", ""));
    var response = transport.get(COLLECTION + query, new Requesting("Listing operations"));
    return Documents.read(response.body(), OperationPage.class);
  }

  /// Waits until an operation has ended.
  ///
  /// @param onChange called on this thread with each state that differs from the one before
  /// @return the final state; empty if the operation has not ended in time
  /// @throws ApiException if the server refuses the state, or is away for too long
  Optional<OperationState> awaitEnd(
      String id, Deadline deadline, Consumer<? super OperationState> onChange)
      throws IOException, InterruptedException {
    return new EndWait(transport, id, deadline, onChange).await();
  }

  /// Cancels an operation.
  ///
  /// @return false if it had ended before
  /// @throws ApiException if the server refuses it
  boolean cancel(String id) throws IOException, InterruptedException {
    var canceling = new Requesting("Canceling operation " + id);
    try {
      var response =
          transport.send(
              transport.request(target(id)).DELETE().build(),
              BoundedBody.handler(),
              transport.limits().requestTimeout());
      return switch (response.statusCode()) {
        case OK, ACCEPTED, NO_CONTENT -> true;
        case CONFLICT -> false;
        default ->
            throw canceling.refused(response.statusCode(), response.headers(), response.body());
      };
    } catch (NoResponseException without) {
      throw canceling.unanswered(without);
    }
  }

  /// The outcome of an ended operation.
  Outcome outcome(String id, OperationState ended) {
    if (ended.finished()) {
      var headers = headers(ended);
      var content =
          ended.hasResponseContent()
              ? new Content(() -> new ContentStream(content(id, Deadline.never())), headers)
              : Content.empty(headers);
      return new Outcome.Responded(ended.statusCode(), headers, content);
    }
    if (ended.canceled()) {
      return new Outcome.Canceled(ended.message());
    }
    return ended.outcomeUnknown()
        ? new Outcome.OutcomeUnknown(ended.message())
        : new Outcome.Failed(Objects.requireNonNullElse(ended.errorCode(), ""), ended.message());
  }

  /// The upstream's header fields. States have no `Set-Cookie` and no other credentials.
  private static HttpHeaders headers(OperationState ended) {
    var fields = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    ended.responseHeaders().forEach((name, value) -> fields.put(name.strip(), List.of(value)));
    fields.remove("");
    return HttpHeaders.of(fields, (name, value) -> true);
  }

  /// The stored content of an operation.
  ///
  /// @throws ApiException if it is refused, or the server is away for too long
  ContentReader content(String id, Deadline deadline) throws IOException, InterruptedException {
    return ContentReader.open(
        transport,
        target(id) + "/content",
        new Requesting("Reading the content of operation " + id),
        deadline);
  }
}
