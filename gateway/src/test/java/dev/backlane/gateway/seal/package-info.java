/// Tests that sealed values open only for their owner.
@NullMarked
package dev.backlane.gateway.seal;

import org.jspecify.annotations.NullMarked;
