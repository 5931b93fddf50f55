package dev.backlane.system.support.webhooks;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient.Subscribed;
import java.io.IOException;

/// A client with its own receiver, so that tests do not affect each other. Thread-safe.
public final class NotifiedClient implements AutoCloseable {
  public static final String JOB = "/job";

  private final TestGateway gateway;
  private final String client;
  private final WebhookReceiver receiver = new WebhookReceiver();

  /// @param client the client's name, unique to a test
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

  /// Starts a background call with a trigger.
  ///
  /// @return the id of the operation and of its delivery
  public String call(String trigger) throws IOException, InterruptedException {
    return http().post(JOB, "{}", "erp-api-background", trigger).acceptedId();
  }

  /// As above, with the receiver's URL as the trigger.
  public String call() throws IOException, InterruptedException {
    return call(receiver.url());
  }

  @Override
  public void close() {
    receiver.close();
  }
}
