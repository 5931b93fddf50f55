/// What the adapter of the web server promises to handlers.
@NullMarked
package dev.backlane.gateway.http;

import org.jspecify.annotations.NullMarked;
