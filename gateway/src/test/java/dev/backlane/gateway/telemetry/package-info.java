@NullMarked
package dev.backlane.gateway.telemetry;

import org.jspecify.annotations.NullMarked;
