/// Tells receivers of operations' ends: durable, repeated, each receiver for itself.
@NullMarked
package dev.backlane.engine.notification;

import org.jspecify.annotations.NullMarked;
