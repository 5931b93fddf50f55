@NullMarked
package dev.backlane.gateway.dashboard.overview;

import org.jspecify.annotations.NullMarked;
