/// The leases of this process, and what it has seen of the leases of others.
@NullMarked
package dev.backlane.engine.execution.leases;

import org.jspecify.annotations.NullMarked;
