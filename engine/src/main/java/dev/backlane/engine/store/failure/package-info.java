/// How stores report that they are unavailable, refuse a value, or hold damaged data.
@NullMarked
package dev.backlane.engine.store.failure;

import org.jspecify.annotations.NullMarked;
