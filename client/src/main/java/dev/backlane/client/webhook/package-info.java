/// Verifies and reads notifications.
@NullMarked
package dev.backlane.client.webhook;

import org.jspecify.annotations.NullMarked;
