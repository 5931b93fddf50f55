/// Webhooks: which addresses may be notified.
@NullMarked
package dev.backlane.gateway.webhook;

import org.jspecify.annotations.NullMarked;
