/// Notifies receivers of ended operations: each delivery is durable, repeated until it succeeds or
/// its schedule ends, and independent of other receivers.
@NullMarked
package dev.backlane.engine.notification;

import org.jspecify.annotations.NullMarked;
