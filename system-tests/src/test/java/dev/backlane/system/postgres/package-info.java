/// Several gateways on one PostgreSQL database: work shared between nodes, killed nodes, failures
/// of the database, and the migration from the embedded store.
@NullMarked
package dev.backlane.system.postgres;

import org.jspecify.annotations.NullMarked;
