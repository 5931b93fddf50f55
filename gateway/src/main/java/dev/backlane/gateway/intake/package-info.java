/// Turns a call with the trigger header into a stored operation.
@NullMarked
package dev.backlane.gateway.intake;

import org.jspecify.annotations.NullMarked;
