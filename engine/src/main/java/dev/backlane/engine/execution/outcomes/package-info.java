/// What lets an attempt outlive an outage of the store: outcomes that the store does not accept yet
/// and large responses on their way into it, both on the local disk, and requests whose content is
/// read on after the outage.
@NullMarked
package dev.backlane.engine.execution.outcomes;

import org.jspecify.annotations.NullMarked;
