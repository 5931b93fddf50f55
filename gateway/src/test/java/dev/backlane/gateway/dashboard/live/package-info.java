@NullMarked
package dev.backlane.gateway.dashboard.live;

import org.jspecify.annotations.NullMarked;
