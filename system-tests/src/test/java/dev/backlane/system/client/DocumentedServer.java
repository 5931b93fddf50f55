package dev.backlane.system.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.RecordingApi.Script;
import java.net.URI;

/// A server that has the documented behavior alone: no waiting, no entity tags, no `Retry-After`,
/// no idempotency keys, no problem documents. It knows one operation. Thread-safe.
final class DocumentedServer implements AutoCloseable {
  static final String TOKEN = "a-token";
  static final String OTHER_COMPANY = "a-token-of-another-company";

  private static final String ID = "5f0c2b2e-6a0d-4a59-9c0f-0d3f3f1c7a10";
  private static final String STATE = "/v1/background/" + ID;
  private static final String CONTENT = "{\"number\": 7}";

  private final RecordingApi api = new RecordingApi();
  private volatile Phase phase = Phase.RUNNING;

  private enum Phase {
    RUNNING,
    FINISHED,
    REMOVED
  }

  DocumentedServer() {
    api.on("/reports", authorized(RecordingApi.responding(202, accepted())));
    api.on(
        STATE,
        authorized((request, client) ->
            (phase == Phase.REMOVED
                    ? RecordingApi.responding(404, "")
                    : RecordingApi.responding(200, state(), "Content-Type: text/json"))
                .respond(request, client)));
    api.on(
        STATE + "/content",
        authorized((request, client) -> {
          switch (phase) {
            case RUNNING -> RecordingApi.send(client, 404, new byte[0]);
            case FINISHED ->
                RecordingApi.send(
                    client, 200, CONTENT.getBytes(UTF_8), "Content-Type: application/json");
            case REMOVED -> RecordingApi.send(client, 410, new byte[0]);
          }
        }));
    api.on("/v1/background/unknown", authorized(RecordingApi.responding(404, "")));
  }

  URI url() {
    return api.url();
  }

  void finish() {
    phase = Phase.FINISHED;
  }

  void remove() {
    phase = Phase.REMOVED;
  }

  private static Script authorized(Script script) {
    return (request, client) -> {
      switch (token(request)) {
        case TOKEN -> script.respond(request, client);
        case OTHER_COMPANY -> RecordingApi.send(client, 403, new byte[0]);
        default -> RecordingApi.send(client, 401, new byte[0]);
      }
    };
  }

  private static String token(Received request) {
    return String.join("", request.values("Authorization")).replaceFirst("^Bearer ", "");
  }

  private static String accepted() {
    return "{\"id\": \"%s\", \"stateLocation\": \"https://ignored.example%s\"}"
        .formatted(ID, STATE);
  }

  private String state() {
    boolean finished = phase == Phase.FINISHED;
    return """
    {"id": "%s", "status": "%s", "statusCode": %d,
     "receivedUtc": "2026-01-31T12:00:00.123Z", "startedUtc": "2026-01-31T12:00:01Z",
     "finishedUtc": %s, "webhookAddress": "none", "errorMessage": null, "reference": null,
     "originalUri": "%s/reports", "hasRequestContent": true, "hasResponseContent": %s,
     "contentLocation": "https://ignored.example%s/content",
     "responseHeaders": {"Content-Type": "application/json"}}\
    """
        .formatted(
            ID,
            finished ? "Finished" : "Started",
            finished ? 201 : 0,
            finished ? "\"2026-01-31T12:00:02.5Z\"" : "null",
            url(),
            finished,
            STATE);
  }

  @Override
  public void close() {
    api.close();
  }
}
