/// Webhooks: subscriptions, the addresses that may be notified, and signed notifications.
@NullMarked
package dev.backlane.gateway.webhook;

import org.jspecify.annotations.NullMarked;
