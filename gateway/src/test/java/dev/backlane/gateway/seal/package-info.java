/// Shows that what is sealed is opened by its owner alone.
@NullMarked
package dev.backlane.gateway.seal;

import org.jspecify.annotations.NullMarked;
