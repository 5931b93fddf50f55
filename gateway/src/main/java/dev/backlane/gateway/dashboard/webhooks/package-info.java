/// The pages of webhook subscriptions and deliveries.
@NullMarked
package dev.backlane.gateway.dashboard.webhooks;

import org.jspecify.annotations.NullMarked;
