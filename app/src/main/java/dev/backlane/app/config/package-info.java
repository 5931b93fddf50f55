/// The configuration: its catalogue of settings, its sources, and the checked, immutable result.
@NullMarked
package dev.backlane.app.config;

import org.jspecify.annotations.NullMarked;
