/// Webhook deliveries.
@NullMarked
package dev.backlane.store.postgres.deliveries;

import org.jspecify.annotations.NullMarked;
