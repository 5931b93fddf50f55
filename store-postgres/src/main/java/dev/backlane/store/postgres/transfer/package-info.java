/// Export of a complete store, and import into an empty one.
@NullMarked
package dev.backlane.store.postgres.transfer;

import org.jspecify.annotations.NullMarked;
