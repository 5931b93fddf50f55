/// Receives notifications on this machine, for `webhooks listen` and `serve --dev`.
@NullMarked
package dev.backlane.app.cli.catcher;

import org.jspecify.annotations.NullMarked;
