/// Limits of a gateway: rate limits, fairness among tenants, and bodies larger than its heap.
@NullMarked
package dev.backlane.system.limits;

import org.jspecify.annotations.NullMarked;
