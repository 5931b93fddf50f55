package dev.backlane.system.webhooks;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.NotificationDto;
import dev.backlane.system.support.RecordingApi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Many receivers of notifications, each on a loopback address of its own, that keep what arrives and when. They take it at once
/// unless the test says otherwise. Thread-safe.
final class WebhookReceivers implements AutoCloseable {
  /// What a gateway that is to notify them has to allow. No wait is there twice, and the last ones are longer than a test.
  static final String SETTINGS =
      """
      webhooks:
        allow-cidrs: ["127.0.0.0/8"]
        retry-schedule: [5s, 5m, 30m]
      """;

  /// Takes what arrives.
  static final RecordingApi.Script TAKING = RecordingApi.answering(200, "");

  /// Takes the connection and the request, and never answers. It ends with the connection.
  static final RecordingApi.Script HANGING =
      (_, client) -> {
        int next;
        do {
          next = client.getInputStream().read();
        } while (next >= 0);
      };

  /// Refuses everything.
  static final RecordingApi.Script REFUSING = RecordingApi.answering(500, "");

  private static final String PATH = "/told";
  private static final int HOSTS_PER_NET = 250;

  private final List<RecordingApi> hosts = new ArrayList<>();
  private final ConcurrentLinkedQueue<Arrival> arrivals = new ConcurrentLinkedQueue<>();

  /// What came, whether it was taken or not.
  ///
  /// @param receiver counts from 0
  /// @param at when it was there to the last byte
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Arrival(int receiver, String webhookId, byte[] body, Instant at) {
    NotificationDto told() {
      return Json.read(body, NotificationDto.class);
    }
  }

  WebhookReceivers(int count) {
    for (int each = 0; each < count; each++) {
      hosts.add(
          new RecordingApi(
              "127.0." + (1 + each / HOSTS_PER_NET) + "." + (1 + each % HOSTS_PER_NET)));
      answering(each, TAKING);
    }
  }

  /// Lets a receiver answer in another way from now on.
  void answering(int receiver, RecordingApi.Script script) {
    hosts
        .get(receiver)
        .on(
            PATH,
            (request, client) -> {
              arrivals.add(
                  new Arrival(
                      receiver,
                      request.values("webhook-id").getFirst(),
                      request.body(),
                      Instant.now()));
              script.answer(request, client);
            });
  }

  int count() {
    return hosts.size();
  }

  /// Where a receiver is told.
  String url(int receiver) {
    return hosts.get(receiver).url() + PATH;
  }

  /// All that has arrived so far, in the order of its arrival.
  List<Arrival> arrivals() {
    return List.copyOf(arrivals);
  }

  @Override
  public void close() {
    hosts.forEach(RecordingApi::close);
  }
}
