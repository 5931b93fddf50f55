/// Outcomes of attempts that the store does not accept yet, and large responses on their way into
/// the store: both on the local disk, so that they outlive an outage of the store.
@NullMarked
package dev.backlane.engine.execution.outcomes;

import org.jspecify.annotations.NullMarked;
