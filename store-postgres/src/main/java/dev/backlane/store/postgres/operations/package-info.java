/// Operations, their contents and their idempotency keys.
@NullMarked
package dev.backlane.store.postgres.operations;

import org.jspecify.annotations.NullMarked;
