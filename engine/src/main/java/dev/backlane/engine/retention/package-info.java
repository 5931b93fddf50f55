/// Forgets what has ended long ago.
@NullMarked
package dev.backlane.engine.retention;

import org.jspecify.annotations.NullMarked;
