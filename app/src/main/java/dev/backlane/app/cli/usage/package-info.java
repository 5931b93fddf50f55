/// What all commands share: `--help`, and the messages for mistyped input.
@NullMarked
package dev.backlane.app.cli.usage;

import org.jspecify.annotations.NullMarked;
