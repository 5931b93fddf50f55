/// How the process logs: its level, the format of a line, and what is collapsed.
@NullMarked
package dev.backlane.app.logging;

import org.jspecify.annotations.NullMarked;
