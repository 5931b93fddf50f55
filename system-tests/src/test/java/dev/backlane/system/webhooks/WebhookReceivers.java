package dev.backlane.system.webhooks;

import dev.backlane.protocol.Json;
import dev.backlane.protocol.NotificationDto;
import dev.backlane.system.support.RecordingApi;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Many receivers, each with its own loopback address, that record notifications and their time of
/// arrival. They accept at once unless a test scripts them. Thread-safe.
final class WebhookReceivers implements AutoCloseable {
  /// The settings that allow these receivers. Each wait is different, and the last ones are longer
  /// than a test.
  static final String SETTINGS =
      """
      webhooks:
        allow-cidrs: ["127.0.0.0/8"]
        retry-schedule: [5s, 5m, 30m]
      """;

  /// Accepts notifications.
  static final RecordingApi.Script ACCEPTING = RecordingApi.responding(200, "");

  /// Reads the request and never responds.
  static final RecordingApi.Script HANGING =
      (_, client) -> {
        int next;
        do {
          next = client.getInputStream().read();
        } while (next >= 0);
      };

  /// Refuses notifications.
  static final RecordingApi.Script REFUSING = RecordingApi.responding(500, "");

  private static final String PATH = "/hook";
  private static final int HOSTS_PER_NET = 250;

  private final List<RecordingApi> hosts = new ArrayList<>();
  private final ConcurrentLinkedQueue<Arrival> arrivals = new ConcurrentLinkedQueue<>();

  /// A notification that arrived, whether or not it was accepted.
  ///
  /// @param receiver its number, from 0
  /// @param at the arrival of the last byte
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Arrival(int receiver, String webhookId, byte[] body, Instant at) {
    NotificationDto notification() {
      return Json.read(body, NotificationDto.class);
    }
  }

  WebhookReceivers(int count) {
    for (int each = 0; each < count; each++) {
      hosts.add(
          new RecordingApi(
              "127.0." + (1 + each / HOSTS_PER_NET) + "." + (1 + each % HOSTS_PER_NET)));
      responding(each, ACCEPTING);
    }
  }

  /// Scripts the response of a receiver.
  void responding(int receiver, RecordingApi.Script script) {
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
              script.respond(request, client);
            });
  }

  int count() {
    return hosts.size();
  }

  /// The URL of a receiver.
  String url(int receiver) {
    return hosts.get(receiver).url() + PATH;
  }

  /// All notifications so far, in order of arrival.
  List<Arrival> arrivals() {
    return List.copyOf(arrivals);
  }

  @Override
  public void close() {
    hosts.forEach(RecordingApi::close);
  }
}
