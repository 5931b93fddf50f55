/// Both ends of a notification: an operator's client of `/admin/v1`, a receiver, and a client that
/// is notified.
@NullMarked
package dev.backlane.system.support.webhooks;

import org.jspecify.annotations.NullMarked;
