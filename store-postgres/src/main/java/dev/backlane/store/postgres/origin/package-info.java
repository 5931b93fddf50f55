/// Whether the database is a copy of another one.
@NullMarked
package dev.backlane.store.postgres.origin;

import org.jspecify.annotations.NullMarked;
