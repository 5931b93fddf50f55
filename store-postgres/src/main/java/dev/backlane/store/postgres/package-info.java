/// The store that many nodes share: PostgreSQL 14 or newer.
@NullMarked
package dev.backlane.store.postgres;

import org.jspecify.annotations.NullMarked;
