/// Programs and scripts that run with Node.
@NullMarked
package dev.backlane.system.support.node;

import org.jspecify.annotations.NullMarked;
