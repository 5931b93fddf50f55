/// How many attempts may be in flight: in total, per tenant, per route, per tenant and route after
/// overload, and while the upstream is unreachable.
@NullMarked
package dev.backlane.engine.execution.permits;

import org.jspecify.annotations.NullMarked;
