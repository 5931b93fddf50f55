/// The Java client against the gateway.
@NullMarked
package dev.backlane.system.client;

import org.jspecify.annotations.NullMarked;
