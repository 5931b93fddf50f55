/// Keeps what a node knows of the store as other nodes have left it.
@NullMarked
package dev.backlane.gateway.refresh;

import org.jspecify.annotations.NullMarked;
