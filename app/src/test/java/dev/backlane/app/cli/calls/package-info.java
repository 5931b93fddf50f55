@NullMarked
package dev.backlane.app.cli.calls;

import org.jspecify.annotations.NullMarked;
