/// The time that Backlane keeps: a clock that does not follow jumps of the wall clock, and the
/// observed time by which data expires.
@NullMarked
package dev.backlane.engine.time;

import org.jspecify.annotations.NullMarked;
