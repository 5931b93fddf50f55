/// The upstream, or what is needed to reach it, is unavailable for a time.
@NullMarked
package dev.backlane.system.outages;

import org.jspecify.annotations.NullMarked;
