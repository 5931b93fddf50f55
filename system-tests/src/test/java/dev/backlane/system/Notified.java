package dev.backlane.system;

import dev.backlane.system.Operator.Subscribed;
import java.io.IOException;

/// A client of a stand with a receiver of its own, so that what one test does to a receiver is of no matter to another.
/// Thread-safe.
final class Notified implements AutoCloseable {
  static final String JOB = "/job";

  private final Stand stand;
  private final String client;
  private final Receiver receiver = new Receiver();

  /// @param client its name, of this test alone
  Notified(Stand stand, String client) {
    this.stand = stand;
    this.client = client;
  }

  Http http() {
    return stand.http(client, Stand.TENANT, client);
  }

  Operator operator() {
    return Operator.of(stand);
  }

  Receiver receiver() {
    return receiver;
  }

  String client() {
    return client;
  }

  /// Registers the receiver for the client.
  Subscribed subscribe() throws IOException, InterruptedException {
    return operator().subscribe(client, receiver.url());
  }

  /// Makes a call in the background that notifies as the trigger says.
  ///
  /// @return the id of the operation, and of its delivery
  String call(String trigger) throws IOException, InterruptedException {
    return http().post(JOB, "{}", "erp-api-background", trigger).acceptedId();
  }

  /// As above, to the receiver's URL.
  String call() throws IOException, InterruptedException {
    return call(receiver.url());
  }

  @Override
  public void close() {
    receiver.close();
  }
}
