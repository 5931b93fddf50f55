/// Sends pages again while they are open and their content changes.
@NullMarked
package dev.backlane.gateway.dashboard.live;

import org.jspecify.annotations.NullMarked;
