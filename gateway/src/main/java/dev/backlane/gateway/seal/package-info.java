/// Keeps the credentials of stored requests unreadable at rest.
@NullMarked
package dev.backlane.gateway.seal;

import org.jspecify.annotations.NullMarked;
