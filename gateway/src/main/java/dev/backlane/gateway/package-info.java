/// Routes every call to its handler.
@NullMarked
package dev.backlane.gateway;

import org.jspecify.annotations.NullMarked;
