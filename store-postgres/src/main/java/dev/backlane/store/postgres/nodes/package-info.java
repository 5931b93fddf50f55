/// The nodes that share the database: their leases, and notifications of work between them.
@NullMarked
package dev.backlane.store.postgres.nodes;

import org.jspecify.annotations.NullMarked;
