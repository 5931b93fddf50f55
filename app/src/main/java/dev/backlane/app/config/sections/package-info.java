/// The settings of Backlane, one file per section. A section declares its keys with types, default
/// values and documentation, checks the rules across keys, and builds the settings records of the
/// parts it configures.
@NullMarked
package dev.backlane.app.config.sections;

import org.jspecify.annotations.NullMarked;
