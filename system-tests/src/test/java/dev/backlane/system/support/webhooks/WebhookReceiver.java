package dev.backlane.system.support.webhooks;

import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.protocol.webhook.WebhookVerifier;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.RecordingApi.Script;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/// A receiver of notifications that records them and responds as scripted, by default with `200`.
/// Thread-safe.
public final class WebhookReceiver implements AutoCloseable {
  public static final String PATH = "/hook";

  private static final Duration ARRIVAL_MAX = Duration.ofSeconds(20);

  private final RecordingApi server = new RecordingApi();

  public WebhookReceiver() {
    respondWith(accepting());
  }

  /// Accepts a notification.
  public static Script accepting() {
    return RecordingApi.responding(200, "thanks");
  }

  /// Refuses a notification.
  public static Script refusing(int status, String... headers) {
    return RecordingApi.responding(status, "not now", headers);
  }

  public String url() {
    return server.url() + PATH;
  }

  /// One response per notification in order; the last one repeats.
  public void respondWith(Script... each) {
    server.on(PATH, RecordingApi.inTurn(each));
  }

  /// All notifications so far, in order of arrival.
  public List<Received> received() {
    return server.received(PATH);
  }

  /// All requests so far, of any path.
  public List<Received> receivedAnywhere() {
    return server.received();
  }

  /// Waits until this many notifications have arrived.
  public List<Received> await(int count) throws Exception {
    Deadline.within(ARRIVAL_MAX, count + " notifications arrive", () -> received().size() >= count);
    return received();
  }

  public static String idOf(Received notification) {
    return header(notification, "webhook-id");
  }

  /// The value of a header field; fails unless it occurs exactly once.
  public static String header(Received notification, String name) {
    var values = notification.values(name);
    if (values.size() != 1) {
      throw new AssertionError(name + " came " + values.size() + " times: " + values);
    }
    return values.getFirst();
  }

  /// The result of verification by a receiver with these secrets.
  public static WebhookVerifier.Result verified(Received notification, String... secrets) {
    return verifier(secrets)
        .verify(
            idOf(notification),
            header(notification, "webhook-timestamp"),
            header(notification, "webhook-signature"),
            notification.body());
  }

  public static WebhookVerifier verifier(String... secrets) {
    return new WebhookVerifier(
        Stream.of(secrets).map(WebhookSecret::new).toList(), InstantSource.system());
  }

  @Override
  public void close() {
    server.close();
  }
}
