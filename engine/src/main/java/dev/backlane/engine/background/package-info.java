/// Background work: the threads that it runs on, and the loop that repeats a step until it is
/// stopped.
@NullMarked
package dev.backlane.engine.background;

import org.jspecify.annotations.NullMarked;
