/// Shows how long operators are signed in.
@NullMarked
package dev.backlane.gateway.operator;

import org.jspecify.annotations.NullMarked;
