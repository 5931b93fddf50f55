/// The HTTP side of Backlane: one listener, and who answers which path.
@NullMarked
package dev.backlane.gateway;

import org.jspecify.annotations.NullMarked;
