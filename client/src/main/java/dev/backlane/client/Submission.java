package dev.backlane.client;

import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.Pauses;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.Documents;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/// Submits calls for the background. Thread-safe.
///
/// With an idempotency key a submission whose response was lost is sent again: the server returns
/// the operation of the first one. Without a key it is sent again only if it certainly did not
/// reach the server, or was refused with 429 or 503.
final class Submission {
  private static final String TRIGGER = "erp-api-background";
  private static final String KEY = "Idempotency-Key";
  private static final int ACCEPTED = 202;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;
  private static final int GATEWAY_TIMEOUT = 504;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private final Transport transport;
  private final boolean keys;

  /// @param keys whether the server honors `Idempotency-Key`
  Submission(Transport transport, boolean keys) {
    this.transport = transport;
    this.keys = keys;
  }

  /// Submits a call.
  ///
  /// @return the id of its operation
  /// @throws ApiException if the server refuses it, or no response was received in time
  String submit(HttpRequest call, Deadline deadline) throws IOException, InterruptedException {
    if (!transport.covers(call.uri())) {
      throw new IllegalArgumentException(
          "The request goes to "
              + call.uri().getHost()
              + ", and this client is for "
              + transport
              + ". Build it with Backlane.request.");
    }
    boolean keyed = keys || call.headers().firstValue(KEY).isPresent();
    var request = background(call);
    var pauses = new Pauses(FIRST_PAUSE, LONGEST_PAUSE);
    while (true) {
      Duration pause;
      try {
        var response = transport.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() == ACCEPTED) {
          return id(response);
        }
        pause = pauses.next(response.headers());
        if (!repeatable(response.statusCode(), keyed) || lasts(pause, deadline)) {
          throw refused(response);
        }
      } catch (ApiException refused) {
        throw refused;
      } catch (IOException failed) {
        pause = pauses.next();
        if (!(keyed || notSent(failed)) || lasts(pause, deadline)) {
          throw new ApiException(action(request), failed);
        }
      }
      deadline.pause(pause);
    }
  }

  private static boolean lasts(Duration pause, Deadline deadline) {
    return pause.compareTo(deadline.left()) >= 0;
  }

  private HttpRequest background(HttpRequest call) {
    var request = HttpRequest.newBuilder(call, (name, value) -> true);
    if (call.headers().firstValue(TRIGGER).isEmpty()) {
      request.header(TRIGGER, "none");
    }
    if (keys && call.headers().firstValue(KEY).isEmpty()) {
      request.header(KEY, UUID.randomUUID().toString());
    }
    if (call.timeout().isEmpty()) {
      request.timeout(transport.requestTimeout());
    }
    return request.build();
  }

  private static boolean notSent(IOException failed) {
    return failed instanceof ConnectException || failed instanceof HttpConnectTimeoutException;
  }

  private static boolean repeatable(int status, boolean keyed) {
    return switch (status) {
      case TOO_MANY_REQUESTS, UNAVAILABLE -> true;
      case BAD_GATEWAY, GATEWAY_TIMEOUT -> keyed;
      default -> false;
    };
  }

  private static String action(HttpRequest request) {
    return "Submitting " + request.method() + " " + request.uri().getPath();
  }

  private static ApiException refused(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    var action = action(response.request());
    return status < 400
        ? new ApiException(
            action + " was executed directly instead of in the background, which",
            status,
            response.headers(),
            response.body())
        : new ApiException(action, status, response.headers(), response.body());
  }

  private static String id(HttpResponse<byte[]> response) throws IOException {
    Optional<String> id =
        response.body().length == 0
            ? Optional.empty()
            : Documents.text(Documents.tree(response.body()), "id");
    return id.or(() -> response.headers().firstValue("Location").map(Submission::lastSegment))
        .filter(text -> !text.isEmpty())
        .orElseThrow(() ->
            new IOException(
                action(response.request())
                    + " was accepted without an id: the 202 has neither `id` nor `Location`."));
  }

  private static String lastSegment(String location) {
    var path = location.split("[?#]", 2)[0];
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
