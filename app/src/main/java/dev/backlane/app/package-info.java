/// The entry point of the program. [dev.backlane.app.cli] has its commands,
/// [dev.backlane.app.config.sections] its settings, and [dev.backlane.app.wiring] connects the
/// parts.
@NullMarked
package dev.backlane.app;

import org.jspecify.annotations.NullMarked;
