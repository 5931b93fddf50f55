/// What `serve --dev` runs beside the gateway: a token issuer and a webhook catcher.
@NullMarked
package dev.backlane.app.cli.dev;

import org.jspecify.annotations.NullMarked;
