/// Calls an API in the background as if the calls were direct. Start with [Backlane].
@NullMarked
package dev.backlane.client;

import org.jspecify.annotations.NullMarked;
