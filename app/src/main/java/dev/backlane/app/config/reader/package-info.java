/// Reads settings from the command line, the environment and a YAML file, and collects all
/// problems with their place, key and fix. Knows no particular setting.
@NullMarked
package dev.backlane.app.config.reader;

import org.jspecify.annotations.NullMarked;
