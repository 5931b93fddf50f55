/// The process as its operating system and its supervisor see it: signals, notifications to
/// systemd, and the log level.
@NullMarked
package dev.backlane.app.process;

import org.jspecify.annotations.NullMarked;
