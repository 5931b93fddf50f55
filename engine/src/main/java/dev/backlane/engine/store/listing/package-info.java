/// Queries for one page of operations or deliveries, and the pages they return.
@NullMarked
package dev.backlane.engine.store.listing;

import org.jspecify.annotations.NullMarked;
