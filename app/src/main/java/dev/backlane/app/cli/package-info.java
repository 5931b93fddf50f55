/// The commands, their options, and what they print.
@NullMarked
package dev.backlane.app.cli;

import org.jspecify.annotations.NullMarked;
