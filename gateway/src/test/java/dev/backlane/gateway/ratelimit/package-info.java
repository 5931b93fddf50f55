/// Tests of the limits per caller.
@NullMarked
package dev.backlane.gateway.ratelimit;

import org.jspecify.annotations.NullMarked;
