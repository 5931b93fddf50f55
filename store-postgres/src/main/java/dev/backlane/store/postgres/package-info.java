/// The store that several nodes share, in PostgreSQL: its entry point and its settings.
@NullMarked
package dev.backlane.store.postgres;

import org.jspecify.annotations.NullMarked;
