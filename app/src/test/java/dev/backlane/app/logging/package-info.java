/// Tests of what the process logs, and how.
@NullMarked
package dev.backlane.app.logging;

import org.jspecify.annotations.NullMarked;
