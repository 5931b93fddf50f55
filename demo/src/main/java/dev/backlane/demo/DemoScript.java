package dev.backlane.demo;

import dev.backlane.protocol.BackgroundApiAcceptedDto;
import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.MalformedJsonException;
import dev.backlane.protocol.Status;
import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.protocol.webhook.WebhookVerifier;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The steps that the demo shows; each checks what it receives. Not thread-safe.
///
/// ```text
/// token ─▶ slow call, timed out ─▶ with erp-api-background: 202 ─▶ Started ─▶ polling ─▶ Finished
/// notification ◀─ 202 ◀─ subscription ◀─ error of the API ◀─ other tenant: 403 ◀─ content ◀─┘
/// ```
final class DemoScript {
  /// The timeout of the client without the header; much shorter than a release takes.
  static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(1);

  private static final Duration END_WITHIN = Duration.ofSeconds(20);
  private static final String REASON = "{\"reason\":\"month-end\"}";

  private final DemoEnvironment environment;
  private final Client client;
  private final Transcript transcript;

  DemoScript(DemoEnvironment environment, Client client, Transcript transcript) {
    this.environment = environment;
    this.client = client;
    this.transcript = transcript;
  }

  /// Runs all steps.
  ///
  /// @throws DemoFailedException if a step fails
  void run() throws InterruptedException {
    String token = token(DemoEnvironment.TENANT);
    timedOut(token);
    var accepted = background(token);
    var tag = started(accepted, token);
    finished(accepted, token, tag);
    content(accepted, token);
    otherTenant(accepted);
    errorResponse(token);
    notified(token);
  }

  private String token(String tenant) {
    transcript.step(
        "The client gets a token for the tenant '" + tenant + "' (OAuth 2.0, client credentials).");
    var parameters = new LinkedHashMap<String, String>();
    parameters.put("grant_type", "client_credentials");
    parameters.put("client_id", DemoEnvironment.CLIENT_ID);
    parameters.put("client_secret", DemoEnvironment.CLIENT_SECRET);
    parameters.put("tenant_id", tenant);
    var response = client.postForm(environment.tokenEndpoint(), parameters);
    expect(200, response);
    if (!(read(response, Map.class).get("access_token") instanceof String token)) {
      throw new DemoFailedException("the issuer's response has no access_token");
    }
    return token;
  }

  private void timedOut(String token) {
    transcript.step(
        "It releases invoice 1001 with an ordinary call. That takes "
            + environment.api().releaseTakes().toSeconds()
            + " s, and the client's timeout is 1 s.");
    var response = client.post(release("1001"), bearer(token), REASON, CLIENT_TIMEOUT);
    if (response.isPresent()) {
      throw new DemoFailedException("the slow call got " + response.get().status() + " within 1 s");
    }
    transcript.shown("Timed out. The client does not know whether invoice 1001 was released.");
  }

  private BackgroundApiAcceptedDto background(String token) {
    transcript.step("The same call for invoice 1002, with one more header: erp-api-background.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "none");
    headers.put(Headers.REFERENCE, "month-end 1002");
    var response = client.post(release("1002"), headers, REASON);
    expect(202, response);
    var accepted = read(response, BackgroundApiAcceptedDto.class);
    expectEqual("the Location header", accepted.stateLocation(), response.header(Headers.LOCATION));
    transcript.shown(
        "Accepted in "
            + response.took().toMillis()
            + " ms and stored on disk: it runs without the client from here on.");
    return accepted;
  }

  private String started(BackgroundApiAcceptedDto accepted, String token) {
    transcript.step("The client reads the operation's state at its state location.");
    var response = client.get(URI.create(accepted.stateLocation()), bearer(token));
    expect(200, response);
    var state = read(response, BackgroundRequestStateDto.class);
    expectEqual("the status", Status.STARTED, state.status());
    expectEqual("the reference", "month-end 1002", String.valueOf(state.reference()));
    transcript.shown(
        "Started. Retry-After says when to poll again; ETag makes the next poll cheap.");
    return response.header("ETag");
  }

  private void finished(BackgroundApiAcceptedDto accepted, String token, String firstTag)
      throws InterruptedException {
    transcript.step(
        "The client polls after Retry-After, with If-None-Match, until the operation has ended.");
    String tag = firstTag;
    long retryAfterSeconds = 1;
    int unchanged = 0;
    long deadline = System.nanoTime() + END_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      Thread.sleep(Duration.ofSeconds(retryAfterSeconds));
      var headers = bearer(token);
      headers.put("If-None-Match", tag);
      var response = client.get(URI.create(accepted.stateLocation()), headers);
      if (response.status() == 304) {
        unchanged++;
        retryAfterSeconds = retryAfterSeconds(response);
        continue;
      }
      expect(200, response);
      var state = read(response, BackgroundRequestStateDto.class);
      if (state.status() != Status.STARTED) {
        ended(state, unchanged);
        return;
      }
      tag = response.header("ETag");
      retryAfterSeconds = retryAfterSeconds(response);
    }
    throw new DemoFailedException(
        "the operation has not ended within " + END_WITHIN.toSeconds() + " s");
  }

  private void ended(BackgroundRequestStateDto state, int unchanged) {
    expectEqual("the status", Status.FINISHED, state.status());
    expectEqual("the status code of the API", 200, state.statusCode());
    expectEqual("hasResponseContent", true, state.hasResponseContent());
    if (unchanged == 0) {
      throw new DemoFailedException("no poll got 304 while the state was unchanged");
    }
    transcript.shown(
        "Finished; the API responded with "
            + state.statusCode()
            + ". Polls before that got 304, without a body.");
  }

  private void content(BackgroundApiAcceptedDto accepted, String token) {
    transcript.step(
        "The API's response is at the content location, where it is kept for 24 hours.");
    var response = client.get(URI.create(accepted.contentLocation()), bearer(token));
    expect(200, response);
    expectEqual("AsyncResult", "200", response.header(Headers.ASYNC_RESULT));
    if (!Arrays.equals(environment.api().document("1002"), response.body())) {
      throw new DemoFailedException("the content differs from the API's response");
    }
    transcript.shown(
        "The API's own response, byte for byte ("
            + response.body().length
            + " of "
            + response.body().length
            + ").");
  }

  private void otherTenant(BackgroundApiAcceptedDto accepted) {
    String token = token(DemoEnvironment.OTHER_TENANT);
    transcript.step(
        "With that token of another tenant, the first tenant's operation is not accessible.");
    expect(403, client.get(URI.create(accepted.stateLocation()), bearer(token)));
    transcript.shown("403: nothing about the operation is disclosed.");
  }

  private void errorResponse(String token) {
    transcript.step("An error response of the API is a result too: invoice 9999 does not exist.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "none");
    var response = client.post(release("9999"), headers, REASON);
    expect(202, response);
    var accepted = read(response, BackgroundApiAcceptedDto.class);
    var waited = client.get(URI.create(accepted.stateLocation() + "?wait=10"), bearer(token));
    expect(200, waited);
    var state = read(waited, BackgroundRequestStateDto.class);
    expectEqual("the status", Status.FINISHED, state.status());
    expectEqual("the status code of the API", 404, state.statusCode());
    transcript.shown(
        "Finished with 404. With ?wait=10 the request waited for the end, instead of polling.");
  }

  private void notified(String token) throws InterruptedException {
    transcript.step(
        "Notifications instead of polling: the operator registers the client's webhook.");
    var registered =
        client.post(
            environment.gateway().resolve("/admin/v1/subscriptions"),
            bearer(DemoEnvironment.ADMIN_TOKEN),
            "{\"tenant\":\"%s\",\"client\":\"%s\",\"url\":\"%s\"}"
                .formatted(
                    DemoEnvironment.TENANT,
                    DemoEnvironment.CLIENT_ID,
                    environment.receiver().url()));
    expect(201, registered);
    if (!(read(registered, Map.class).get("secret") instanceof String secret)) {
      throw new DemoFailedException("the subscription has no secret");
    }
    transcript.shown("The secret is shown only once; the receiver verifies signatures with it.");
    transcript.step("A call that requests a notification. Its pair is sent back as a header.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "subscription:x-order=1002");
    var accepted = client.post(release("9999"), headers, REASON);
    expect(202, accepted);
    transcript.step("The gateway calls the receiver when the operation has ended.");
    var received = environment.receiver().next(END_WITHIN);
    transcript.received(received);
    verify(received, new WebhookSecret(secret));
    expectEqual("the pair", "1002", received.header("x-order"));
    expectEqual(
        "the id",
        read(accepted, BackgroundApiAcceptedDto.class).id(),
        received.header(Headers.WEBHOOK_ID));
    transcript.shown(
        "Signed with the subscription's secret, and checked: Standard Webhooks and x-signature.");
  }

  private static void verify(WebhookReceiver.Received received, WebhookSecret secret) {
    var verifier = new WebhookVerifier(List.of(secret), InstantSource.system());
    expectEqual(
        "the check of the signature",
        WebhookVerifier.Result.GENUINE,
        verifier.verify(
            received.header(Headers.WEBHOOK_ID),
            received.header(Headers.WEBHOOK_TIMESTAMP),
            received.header(Headers.WEBHOOK_SIGNATURE),
            received.body()));
    expectEqual(
        "the check of x-signature",
        true,
        verifier.verifyDocumented(received.header(Headers.X_SIGNATURE), received.body()));
  }

  private URI release(String number) {
    return environment.gateway().resolve("/v1/invoice/" + number + "/release");
  }

  private static Map<String, String> bearer(String token) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Authorization", "Bearer " + token);
    return headers;
  }

  private static long retryAfterSeconds(Exchange.Response response) {
    String value = response.header(Headers.RETRY_AFTER);
    try {
      return Math.clamp(Long.parseLong(value), 1, END_WITHIN.toSeconds());
    } catch (NumberFormatException malformed) {
      throw new DemoFailedException("Retry-After is '" + value + "' instead of seconds", malformed);
    }
  }

  private static <T> T read(Exchange.Response response, Class<T> type) {
    try {
      return Json.read(response.body(), type);
    } catch (MalformedJsonException malformed) {
      throw new DemoFailedException("the response body is " + malformed.getMessage(), malformed);
    }
  }

  private static void expect(int status, Exchange.Response response) {
    if (response.status() != status) {
      throw new DemoFailedException("expected status " + status + ", got " + response.status());
    }
  }

  private static void expectEqual(String what, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw new DemoFailedException(what + " is " + found + " instead of " + expected);
    }
  }
}
