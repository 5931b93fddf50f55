/// How operators find operations in the shared store.
@NullMarked
package dev.backlane.store.postgres.search;

import org.jspecify.annotations.NullMarked;
