package dev.backlane.app.doctor;

import dev.backlane.app.config.sections.Config;
import dev.backlane.gateway.webhook.Requester;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.gateway.webhook.WebhookAddresses.Allowed;
import dev.backlane.gateway.webhook.WebhookAddresses.Forbidden;

/// The receivers of the configured subscriptions: whether the address rules permit them.
record ReceiversCheck(Config config) implements Check {
  @Override
  public void run(Findings findings) {
    var addresses = new WebhookAddresses(config.webhooks().allowCidrs());
    for (var subscription : config.subscriptions()) {
      var url = subscription.url();
      switch (addresses.decide(url, Requester.OPERATOR)) {
        case Forbidden(var detail) ->
            findings.fail(
                url + " of client " + subscription.client() + " is not notified: " + detail,
                "correct its url in subscriptions, or add its range to webhooks.allow-cidrs");
        case Allowed(var found) when found.isEmpty() ->
            findings.warn(
                "the host of " + url + " does not resolve",
                "correct its url in subscriptions, or check the name server");
        case Allowed _ -> findings.ok(url + " may be notified");
      }
    }
  }
}
