/// Tests that changes by other nodes are read periodically.
@NullMarked
package dev.backlane.gateway.refresh;

import org.jspecify.annotations.NullMarked;
