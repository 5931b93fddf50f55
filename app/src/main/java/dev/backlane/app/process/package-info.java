/// The process as its operating system and its supervisor see it: signals, and the log level.
@NullMarked
package dev.backlane.app.process;

import org.jspecify.annotations.NullMarked;
