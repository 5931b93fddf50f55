package dev.backlane.client;

import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.Pauses;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads and cancels operations. Thread-safe.
final class Operations {
  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int CONFLICT = 409;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERRORS = 500;

  private static final Duration LONG_POLL = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private final Transport transport;

  Operations(Transport transport) {
    this.transport = transport;
  }

  private static String target(String id) {
    return "/v1/background/" + encoded(id);
  }

  /// The state now.
  ///
  /// @throws ApiException if it is refused
  OperationState state(String id) throws IOException, InterruptedException {
    var response =
        transport.get(
            target(id),
            "application/json",
            BodyHandlers.ofByteArray(),
            (status, headers, body) -> new ApiException(reading(id), status, headers, body));
    return Documents.read(response.body(), OperationState.class);
  }

  /// A page of the list.
  OperationPage list(Map<String, String> parameters) throws IOException, InterruptedException {
    var query =
        parameters.entrySet().stream()
            .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
            .collect(Collectors.joining("&", "?", ""));
    var response =
        transport.get(
            "/v1/background" + query,
            "application/json",
            BodyHandlers.ofByteArray(),
            (status, headers, body) ->
                new ApiException("Listing operations", status, headers, body));
    return Documents.read(response.body(), OperationPage.class);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String reading(String id) {
    return "Reading the state of operation " + id;
  }

  /// Waits until an operation has ended: by long polls, or by plain polls if the server does not
  /// know them. Outages of the server and of the token endpoint are waited for.
  ///
  /// @param onChange called on this thread with each state that differs from the one before
  /// @return the final state; empty if the operation has not ended in time
  /// @throws ApiException if the server refuses the state
  Optional<OperationState> awaitEnd(
      String id, Deadline deadline, Consumer<? super OperationState> onChange)
      throws IOException, InterruptedException {
    var polls = new Pauses(FIRST_PAUSE, LONGEST_PAUSE);
    var failures = new Pauses(FIRST_PAUSE, LONGEST_PAUSE);
    OperationState known = null;
    String etag = null;
    while (true) {
      var wait = Deadline.shorter(LONG_POLL, deadline.left());
      long begin = System.nanoTime();
      Duration pause;
      try {
        var response = transport.send(poll(id, wait, etag), BodyHandlers.ofByteArray());
        int status = response.statusCode();
        if (status == OK) {
          var state = Documents.read(response.body(), OperationState.class);
          etag = response.headers().firstValue("ETag").orElse(null);
          if (!state.equals(known)) {
            known = state;
            onChange.accept(state);
          }
          if (state.ended()) {
            return Optional.of(state);
          }
        } else if (status != NOT_MODIFIED && !temporary(status)) {
          throw refused(reading(id), response);
        }
        // A server that held the request may be asked again at once.
        boolean held = System.nanoTime() - begin >= wait.toNanos() / 2;
        pause =
            temporary(status)
                ? failures.next(response.headers())
                : held ? Duration.ZERO : polls.next(response.headers());
      } catch (ApiException refused) {
        throw refused;
      } catch (IOException away) {
        pause = failures.next();
      }
      if (deadline.over()) {
        return Optional.empty();
      }
      deadline.pause(pause);
    }
  }

  private static boolean temporary(int status) {
    return status == TOO_MANY_REQUESTS || status == REQUEST_TIMEOUT || status >= SERVER_ERRORS;
  }

  private HttpRequest poll(String id, Duration wait, @Nullable String etag) {
    var request =
        transport
            .request(target(id))
            .timeout(wait.plus(transport.requestTimeout()))
            .header("Accept", "application/json");
    if (wait.toSeconds() > 0) {
      request.header("Prefer", "wait=" + wait.toSeconds());
    }
    if (etag != null) {
      request.header("If-None-Match", etag);
    }
    return request.build();
  }

  /// Cancels an operation.
  ///
  /// @return false if it had ended before
  /// @throws ApiException if the server refuses it
  boolean cancel(String id) throws IOException, InterruptedException {
    var response =
        transport.send(transport.request(target(id)).DELETE().build(), BodyHandlers.ofByteArray());
    return switch (response.statusCode()) {
      case OK, ACCEPTED, NO_CONTENT -> true;
      case CONFLICT -> false;
      default -> throw refused("Canceling operation " + id, response);
    };
  }

  /// The outcome of an ended operation.
  Outcome outcome(OperationState ended) {
    if (ended.finished()) {
      var content =
          ended.hasResponseContent()
              ? new Content(() -> stream(ended.id()), contentType(ended))
              : Content.empty();
      return new Outcome.Responded(ended.statusCode(), headers(ended), content);
    }
    if (ended.canceled()) {
      return new Outcome.Canceled(ended.message());
    }
    return ended.outcomeUnknown()
        ? new Outcome.OutcomeUnknown(ended.message())
        : new Outcome.Failed(Objects.requireNonNullElse(ended.errorCode(), ""), ended.message());
  }

  private static String contentType(OperationState ended) {
    return headers(ended).firstValue("Content-Type").orElse("");
  }

  /// The upstream's header fields.
  static HttpHeaders headers(OperationState ended) {
    var fields = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    ended.responseHeaders().forEach((name, value) -> fields.put(name, List.of(value)));
    return HttpHeaders.of(fields, (name, value) -> true);
  }

  /// The stored content of an operation, as a stream.
  ///
  /// @throws ApiException if it is refused
  InputStream stream(String id) throws IOException, InterruptedException {
    return contentResponse(id, info -> HttpResponse.BodySubscribers.ofInputStream()).body();
  }

  /// The response that has the stored content.
  ///
  /// @param handler reads the content
  private <T> HttpResponse<T> contentResponse(String id, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return transport.get(
        target(id) + "/content",
        "*/*",
        handler,
        (status, headers, body) ->
            new ApiException("Reading the content of operation " + id, status, headers, body));
  }

  /// As above, repeated while the server is away, until a deadline.
  ///
  /// @throws ApiException if it is refused, or the server is away for too long
  <T> HttpResponse<T> contentResponse(String id, BodyHandler<T> handler, Deadline deadline)
      throws IOException, InterruptedException {
    var pauses = new Pauses(FIRST_PAUSE, LONGEST_PAUSE);
    while (true) {
      Duration pause;
      try {
        return contentResponse(id, handler);
      } catch (ApiException refused) {
        pause = pauses.next(headers(refused));
        if (!temporary(refused.getCode()) || pause.compareTo(deadline.left()) >= 0) {
          throw refused;
        }
      } catch (IOException away) {
        pause = pauses.next();
        if (pause.compareTo(deadline.left()) >= 0) {
          throw new ApiException("Reading the content of operation " + id, away);
        }
      }
      deadline.pause(pause);
    }
  }

  private static HttpHeaders headers(ApiException refused) {
    return HttpHeaders.of(refused.getResponseHeaders(), (name, value) -> true);
  }

  private static ApiException refused(String action, HttpResponse<byte[]> response) {
    return new ApiException(action, response.statusCode(), response.headers(), response.body());
  }
}
