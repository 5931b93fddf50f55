package dev.backlane.client;

import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.documented.ApiException;
import dev.backlane.client.http.Deadline;
import dev.backlane.client.http.NoResponseException;
import dev.backlane.client.http.Retries;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.BoundedBody;
import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Documents.MalformedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
  private static final int REDIRECTS = 300;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int UNAVAILABLE = 503;

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
  /// @throws CredentialsException if there is no access token
  String submit(HttpRequest call, Deadline deadline) throws IOException, InterruptedException {
    var request = background(call);
    var key = request.headers().firstValue(KEY);
    var submitting = new Requesting("Submitting " + call.method() + " " + call.uri().getPath());
    var retries = new Retries(transport.limits(), deadline);
    // Whether the server may have stored the call.
    boolean sent = false;
    while (true) {
      HttpResponse<byte[]> response;
      try {
        response = transport.send(request, BoundedBody.handler(), timeLimit(call, deadline));
      } catch (CredentialsException without) {
        if (!without.temporary()) {
          throw without;
        }
        retries.pause(without);
        continue;
      } catch (NoResponseException without) {
        sent |= without.sent();
        var failure = submitting.unanswered(advised(without, sent, key));
        if (without.permanent() && !sent || sent && key.isEmpty()) {
          throw failure;
        }
        retries.pause(failure);
        continue;
      }
      int status = response.statusCode();
      if (status == ACCEPTED) {
        return id(response, submitting);
      }
      var failure = refused(response, submitting);
      if (!repeatable(status, key.isPresent())) {
        throw failure;
      }
      retries.pause(failure, response.headers());
    }
  }

  private Duration timeLimit(HttpRequest call, Deadline deadline) {
    return Deadline.shorter(
        call.timeout().orElse(transport.limits().requestTimeout()), deadline.left());
  }

  /// Without a response the caller must know how to find out whether the call was stored.
  private static IOException advised(
      NoResponseException without, boolean sent, Optional<String> key) {
    if (!sent) {
      return without;
    }
    var advice =
        key.map(text ->
                " The server may have accepted the call: with the header Idempotency-Key: "
                    + text
                    + " it returns the same operation.")
            .orElse(
                " The server may have accepted the call: check there before you send it again.");
    return new IOException(without.getMessage() + advice, without.getCause());
  }

  private HttpRequest background(HttpRequest call) {
    if (!transport.covers(call.uri())) {
      throw new IllegalArgumentException(
          "The request goes to "
              + call.uri().getHost()
              + ", and this client is for "
              + transport
              + ". Build it with Backlane.request.");
    }
    refuseOtherThanAscii(call);
    var request =
        HttpRequest.newBuilder(call, (name, value) -> true)
            .uri(URI.create(call.uri().toASCIIString()));
    if (call.headers().firstValue(TRIGGER).isEmpty()) {
      request.header(TRIGGER, "none");
    }
    if (keys && call.headers().firstValue(KEY).isEmpty()) {
      request.header(KEY, UUID.randomUUID().toString());
    }
    return request.build();
  }

  /// The HTTP client of the JDK replaces other characters by question marks.
  private static void refuseOtherThanAscii(HttpRequest call) {
    call.headers()
        .map()
        .forEach((name, values) -> {
          if (values.stream().anyMatch(value -> value.chars().anyMatch(each -> each > '~'))) {
            throw new IllegalArgumentException(
                "The header field "
                    + name
                    + " has a character outside of US-ASCII, which cannot be sent. Encode it, for"
                    + " example with percent signs.");
          }
        });
  }

  private static boolean repeatable(int status, boolean keyed) {
    return switch (status) {
      case TOO_MANY_REQUESTS, UNAVAILABLE -> true;
      default -> keyed && Retries.temporary(status);
    };
  }

  private static ApiException refused(HttpResponse<byte[]> response, Requesting submitting) {
    int status = response.statusCode();
    return status < REDIRECTS
        ? new Requesting(
                submitting.action()
                    + ": the server does not support background calls. It executed the call, which")
            .refused(status, response.headers(), response.body())
        : submitting.refused(status, response.headers(), response.body());
  }

  private static String id(HttpResponse<byte[]> response, Requesting submitting)
      throws ApiException {
    return idOf(response.body())
        .or(() -> response.headers().firstValue("Location").map(Submission::lastSegment))
        .filter(text -> !text.isBlank())
        .orElseThrow(() ->
            new Requesting(
                    submitting.action()
                        + ": the 202 has neither an id nor a Location with one. Is the base URI"
                        + " that of the API? The call")
                .refused(response.statusCode(), response.headers(), response.body()));
  }

  private static Optional<String> idOf(byte[] document) {
    try {
      return document.length == 0
          ? Optional.empty()
          : Documents.text(Documents.tree(document), "id").filter(text -> !text.isBlank());
    } catch (MalformedException another) {
      return Optional.empty();
    }
  }

  private static String lastSegment(String location) {
    var path = location.split("[?#]", 2)[0].replaceFirst("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
