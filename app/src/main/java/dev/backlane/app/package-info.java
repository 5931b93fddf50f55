/// The program: its commands, and the one place where the parts are put together.
@NullMarked
package dev.backlane.app;

import org.jspecify.annotations.NullMarked;
