/// Background work: the threads it runs on, and the one loop that repeats it until it is stopped.
@NullMarked
package dev.backlane.engine.background;

import org.jspecify.annotations.NullMarked;
