/// Prunes operations past their retention.
@NullMarked
package dev.backlane.engine.retention;

import org.jspecify.annotations.NullMarked;
