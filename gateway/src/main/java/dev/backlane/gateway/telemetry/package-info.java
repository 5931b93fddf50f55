/// What operators see of the work of a gateway: the events in its log, and metrics.
@NullMarked
package dev.backlane.gateway.telemetry;

import org.jspecify.annotations.NullMarked;
