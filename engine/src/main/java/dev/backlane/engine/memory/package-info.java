/// The memory that bodies and documents of callers may occupy, and what follows when the memory of
/// the process is exhausted.
@NullMarked
package dev.backlane.engine.memory;

import org.jspecify.annotations.NullMarked;
