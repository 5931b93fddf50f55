/// The connection to PostgreSQL: pool, faults, availability, clock, schema, and parameters of statements.
@NullMarked
package dev.backlane.store.postgres.sql;

import org.jspecify.annotations.NullMarked;
