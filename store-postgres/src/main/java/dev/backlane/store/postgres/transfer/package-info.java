/// Reads a whole store, and fills an empty one.
@NullMarked
package dev.backlane.store.postgres.transfer;

import org.jspecify.annotations.NullMarked;
