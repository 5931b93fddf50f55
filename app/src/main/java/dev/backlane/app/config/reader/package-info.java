/// Reads settings from the command line, the environment and a YAML file, and collects all
/// problems with their place, key and fix. Independent of the individual settings.
@NullMarked
package dev.backlane.app.config.reader;

import org.jspecify.annotations.NullMarked;
