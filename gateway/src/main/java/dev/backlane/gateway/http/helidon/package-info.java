/// The adapter for the Helidon web server, with all that works around it: the only package that uses
/// Helidon's types.
@NullMarked
package dev.backlane.gateway.http.helidon;

import org.jspecify.annotations.NullMarked;
