/// The client's side on a terminal: commands that call an API through a gateway and watch the
/// operations.
@NullMarked
package dev.backlane.app.cli.calls;

import org.jspecify.annotations.NullMarked;
