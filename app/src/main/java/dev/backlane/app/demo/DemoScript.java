package dev.backlane.app.demo;

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

/// The steps that the demo shows, each of which checks what it sees. For one thread.
///
/// ```text
/// token ─▶ slow call, cut off ─▶ the same with erp-api-background: 202 ─▶ Started ─▶ polling ─▶ Finished ─▶ content
/// verified notification ◀─ 202 ◀─ subscription ◀─┐     error answer of the API ◀─ another tenant: 403 ◀─┘
/// ```
final class DemoScript {
  /// How long the impatient client waits; well below what a release takes.
  static final Duration IMPATIENCE = Duration.ofSeconds(1);

  private static final Duration END_WITHIN = Duration.ofSeconds(20);
  private static final String REASON = "{\"reason\":\"month-end\"}";

  private final DemoEnvironment stage;
  private final Client client;
  private final Transcript transcript;

  DemoScript(DemoEnvironment stage, Client client, Transcript transcript) {
    this.stage = stage;
    this.client = client;
    this.transcript = transcript;
  }

  /// Tells all of it.
  ///
  /// @throws DemoFailedException if a step does not show what it must
  void tell() throws InterruptedException {
    String token = token(DemoEnvironment.TENANT);
    cutOff(token);
    var accepted = background(token);
    var tag = started(accepted, token);
    finished(accepted, token, tag);
    content(accepted, token);
    otherTenant(accepted);
    errorAnswer(token);
    notified(token);
  }

  private String token(String tenant) {
    transcript.step(
        "The client gets a token for the company '"
            + tenant
            + "' (OAuth 2.0, client credentials).");
    var parameters = new LinkedHashMap<String, String>();
    parameters.put("grant_type", "client_credentials");
    parameters.put("client_id", DemoEnvironment.CLIENT_ID);
    parameters.put("client_secret", DemoEnvironment.CLIENT_SECRET);
    parameters.put("tenant_id", tenant);
    var answer = client.postForm(stage.tokenEndpoint(), parameters);
    expect(200, answer);
    if (!(read(answer, Map.class).get("access_token") instanceof String token)) {
      throw new DemoFailedException("the issuer's answer has no access_token");
    }
    return token;
  }

  private void cutOff(String token) {
    transcript.step(
        "It releases invoice 1001 in the usual way. That takes "
            + stage.api().releaseTakes().toSeconds()
            + " s, and something on the way allows 1 s.");
    var answer = client.post(release("1001"), bearer(token), REASON, IMPATIENCE);
    if (answer.isPresent()) {
      throw new DemoFailedException(
          "the slow call was answered " + answer.get().status() + " within 1 s");
    }
    transcript.shown("Cut off. Whether invoice 1001 was released, this client does not know.");
  }

  private BackgroundApiAcceptedDto background(String token) {
    transcript.step("The same call for invoice 1002, with one more header: erp-api-background.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "none");
    headers.put(Headers.REFERENCE, "month-end 1002");
    var answer = client.post(release("1002"), headers, REASON);
    expect(202, answer);
    var accepted = read(answer, BackgroundApiAcceptedDto.class);
    expectEqual("the Location header", accepted.stateLocation(), answer.header(Headers.LOCATION));
    transcript.shown(
        "Accepted in "
            + answer.took().toMillis()
            + " ms, and on disk: from here on it runs without this client.");
    return accepted;
  }

  private String started(BackgroundApiAcceptedDto accepted, String token) {
    transcript.step("How far is it? The state location tells.");
    var answer = client.get(URI.create(accepted.stateLocation()), bearer(token));
    expect(200, answer);
    var state = read(answer, BackgroundRequestStateDto.class);
    expectEqual("the status", Status.STARTED, state.status());
    expectEqual("the reference", "month-end 1002", String.valueOf(state.reference()));
    transcript.shown(
        "Started. Retry-After says when to ask again, ETag lets the next question be cheap.");
    return answer.header("ETag");
  }

  private void finished(BackgroundApiAcceptedDto accepted, String token, String firstTag)
      throws InterruptedException {
    transcript.step(
        "The client asks again after Retry-After, with If-None-Match, until it has ended.");
    String tag = firstTag;
    long retryAfterSeconds = 1;
    int unchanged = 0;
    long deadline = System.nanoTime() + END_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      Thread.sleep(Duration.ofSeconds(retryAfterSeconds));
      var headers = bearer(token);
      headers.put("If-None-Match", tag);
      var answer = client.get(URI.create(accepted.stateLocation()), headers);
      if (answer.status() == 304) {
        unchanged++;
        retryAfterSeconds = retryAfterSeconds(answer);
        continue;
      }
      expect(200, answer);
      var state = read(answer, BackgroundRequestStateDto.class);
      if (state.status() != Status.STARTED) {
        ended(state, unchanged);
        return;
      }
      tag = answer.header("ETag");
      retryAfterSeconds = retryAfterSeconds(answer);
    }
    throw new DemoFailedException(
        "the operation has not ended within " + END_WITHIN.toSeconds() + " s");
  }

  private void ended(BackgroundRequestStateDto state, int unchanged) {
    expectEqual("the status", Status.FINISHED, state.status());
    expectEqual("the status code of the API", 200, state.statusCode());
    expectEqual("hasResponseContent", true, state.hasResponseContent());
    if (unchanged == 0) {
      throw new DemoFailedException("no question was answered 304 while nothing had changed");
    }
    transcript.shown(
        "Finished, and the API answered "
            + state.statusCode()
            + ". While nothing had changed: 304, without a body.");
  }

  private void content(BackgroundApiAcceptedDto accepted, String token) {
    transcript.step("What did the API answer? The content location keeps it for 24 hours.");
    var answer = client.get(URI.create(accepted.contentLocation()), bearer(token));
    expect(200, answer);
    expectEqual("AsyncResult", "200", answer.header(Headers.ASYNC_RESULT));
    if (!Arrays.equals(stage.api().document("1002"), answer.body())) {
      throw new DemoFailedException("the content is not what the API answered, byte for byte");
    }
    transcript.shown(
        "The API's own answer, byte for byte ("
            + answer.body().length
            + " of "
            + answer.body().length
            + ").");
  }

  private void otherTenant(BackgroundApiAcceptedDto accepted) {
    String token = token(DemoEnvironment.OTHER_TENANT);
    transcript.step(
        "With that token of another company, the first company's operation is out of reach.");
    expect(403, client.get(URI.create(accepted.stateLocation()), bearer(token)));
    transcript.shown("403: no word about what the operation is or did.");
  }

  private void errorAnswer(String token) {
    transcript.step("An error answer of the API is a result too: invoice 9999 does not exist.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "none");
    var answer = client.post(release("9999"), headers, REASON);
    expect(202, answer);
    var accepted = read(answer, BackgroundApiAcceptedDto.class);
    var waited = client.get(URI.create(accepted.stateLocation() + "?wait=10"), bearer(token));
    expect(200, waited);
    var state = read(waited, BackgroundRequestStateDto.class);
    expectEqual("the status", Status.FINISHED, state.status());
    expectEqual("the status code of the API", 404, state.statusCode());
    transcript.shown(
        "Finished with 404. ?wait=10 held the question until it had ended, instead of polling.");
  }

  private void notified(String token) throws InterruptedException {
    transcript.step("Instead of asking, be told: the operator registers the client's webhook.");
    var registered =
        client.post(
            stage.gateway().resolve("/admin/v1/subscriptions"),
            bearer(DemoEnvironment.ADMIN_TOKEN),
            "{\"tenant\":\"%s\",\"client\":\"%s\",\"url\":\"%s\"}"
                .formatted(
                    DemoEnvironment.TENANT, DemoEnvironment.CLIENT_ID, stage.receiver().url()));
    expect(201, registered);
    if (!(read(registered, Map.class).get("secret") instanceof String secret)) {
      throw new DemoFailedException("the subscription has no secret");
    }
    transcript.shown("The secret is shown this once; the receiver checks signatures with it.");
    transcript.step("A call that asks for it. The pair comes back as a header.");
    var headers = bearer(token);
    headers.put(Headers.BACKGROUND, "subscription:x-order=1002");
    var accepted = client.post(release("9999"), headers, REASON);
    expect(202, accepted);
    transcript.step("The gateway calls the receiver when the operation has ended.");
    var received = stage.receiver().next(END_WITHIN);
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
    return stage.gateway().resolve("/v1/invoice/" + number + "/release");
  }

  private static Map<String, String> bearer(String token) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Authorization", "Bearer " + token);
    return headers;
  }

  private static long retryAfterSeconds(Exchange.Answer answer) {
    String value = answer.header(Headers.RETRY_AFTER);
    try {
      return Math.clamp(Long.parseLong(value), 1, END_WITHIN.toSeconds());
    } catch (NumberFormatException malformed) {
      throw new DemoFailedException("Retry-After is '" + value + "' instead of seconds", malformed);
    }
  }

  private static <T> T read(Exchange.Answer answer, Class<T> type) {
    try {
      return Json.read(answer.body(), type);
    } catch (MalformedJsonException malformed) {
      throw new DemoFailedException("the answer's body is " + malformed.getMessage(), malformed);
    }
  }

  private static void expect(int status, Exchange.Answer answer) {
    if (answer.status() != status) {
      throw new DemoFailedException(
          "expected status " + status + ", and " + answer.status() + " came");
    }
  }

  private static void expectEqual(String what, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw new DemoFailedException(what + " is " + found + " instead of " + expected);
    }
  }
}
