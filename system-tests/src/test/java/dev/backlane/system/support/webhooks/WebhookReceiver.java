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

/// Somebody who is notified: keeps what comes, and answers as the test says, by default `200`. Thread-safe.
public final class WebhookReceiver implements AutoCloseable {
  public static final String PATH = "/hook";

  private static final Duration ARRIVAL_MAX = Duration.ofSeconds(20);

  private final RecordingApi server = new RecordingApi();

  public WebhookReceiver() {
    answers(accepting());
  }

  /// Says that it has it.
  public static Script accepting() {
    return RecordingApi.answering(200, "thanks");
  }

  /// Says that it does not want it.
  public static Script refusing(int status, String... headers) {
    return RecordingApi.answering(status, "not now", headers);
  }

  public String url() {
    return server.url() + PATH;
  }

  /// Answers in one way for each notification in turn; in the last way all further ones.
  public void answers(Script... each) {
    server.on(PATH, RecordingApi.inTurn(each));
  }

  /// All notifications so far, in the order of their arrival.
  public List<Received> received() {
    return server.received(PATH);
  }

  /// Everything that came so far, wherever it was sent to.
  public List<Received> receivedAnywhere() {
    return server.received();
  }

  /// Waits until so many notifications have arrived.
  public List<Received> await(int count) throws Exception {
    Deadline.within(ARRIVAL_MAX, count + " notifications arrive", () -> received().size() >= count);
    return received();
  }

  public static String idOf(Received notification) {
    return header(notification, "webhook-id");
  }

  /// The one value of a header; fails where it came not once.
  public static String header(Received notification, String name) {
    var values = notification.values(name);
    if (values.size() != 1) {
      throw new AssertionError(name + " came " + values.size() + " times: " + values);
    }
    return values.getFirst();
  }

  /// What a receiver that knows some secrets makes of a notification.
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
