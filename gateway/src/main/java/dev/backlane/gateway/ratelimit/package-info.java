/// Limits the calls that a client of a tenant may make.
@NullMarked
package dev.backlane.gateway.ratelimit;

import org.jspecify.annotations.NullMarked;
