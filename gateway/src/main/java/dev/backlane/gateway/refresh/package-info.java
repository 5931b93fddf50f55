/// Periodic reads of records that other nodes may change in the store.
@NullMarked
package dev.backlane.gateway.refresh;

import org.jspecify.annotations.NullMarked;
