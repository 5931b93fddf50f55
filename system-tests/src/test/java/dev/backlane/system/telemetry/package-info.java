/// What operators see of a running gateway: its log, its metrics, and traces.
@NullMarked
package dev.backlane.system.telemetry;

import org.jspecify.annotations.NullMarked;
