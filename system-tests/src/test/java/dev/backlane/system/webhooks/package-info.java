/// Deliveries of notifications: content, signatures, attempts, changes of the subscription,
/// redelivery, TLS, crashes of the gateway, and failing receivers among healthy ones.
@NullMarked
package dev.backlane.system.webhooks;

import org.jspecify.annotations.NullMarked;
