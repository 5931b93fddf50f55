package dev.backlane.system.support.webhooks;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient.Subscribed;
import java.io.IOException;

/// A client of a stand with a receiver of its own, so that what one test does to a receiver is of no matter to another.
/// Thread-safe.
public final class NotifiedClient implements AutoCloseable {
  public static final String JOB = "/job";

  private final TestGateway gateway;
  private final String client;
  private final WebhookReceiver receiver = new WebhookReceiver();

  /// @param client its name, of this test alone
  public NotifiedClient(TestGateway gateway, String client) {
    this.gateway = gateway;
    this.client = client;
  }

  public Http http() {
    return gateway.http(client, TestGateway.TENANT, client);
  }

  public AdminClient operator() {
    return AdminClient.of(gateway);
  }

  public WebhookReceiver receiver() {
    return receiver;
  }

  public String client() {
    return client;
  }

  /// Registers the receiver for the client.
  public Subscribed subscribe() throws IOException, InterruptedException {
    return operator().subscribe(client, receiver.url());
  }

  /// Makes a call in the background that notifies as the trigger says.
  ///
  /// @return the id of the operation, and of its delivery
  public String call(String trigger) throws IOException, InterruptedException {
    return http().post(JOB, "{}", "erp-api-background", trigger).acceptedId();
  }

  /// As above, to the receiver's URL.
  public String call() throws IOException, InterruptedException {
    return call(receiver.url());
  }

  @Override
  public void close() {
    receiver.close();
  }
}
