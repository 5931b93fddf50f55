/// How operators find operations of all callers, and how many there are.
@NullMarked
package dev.backlane.engine.store.search;

import org.jspecify.annotations.NullMarked;
