/// Shows that what other nodes change is read again.
@NullMarked
package dev.backlane.gateway.refresh;

import org.jspecify.annotations.NullMarked;
