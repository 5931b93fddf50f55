/// Statistics and consistency checks of the tables.
@NullMarked
package dev.backlane.store.postgres.inspection;

import org.jspecify.annotations.NullMarked;
