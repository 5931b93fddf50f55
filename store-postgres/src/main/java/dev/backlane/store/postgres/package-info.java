/// The store that many nodes share, in PostgreSQL: opens it and combines its parts.
@NullMarked
package dev.backlane.store.postgres;

import org.jspecify.annotations.NullMarked;
