/// Tests how long operators stay signed in.
@NullMarked
package dev.backlane.gateway.operator;

import org.jspecify.annotations.NullMarked;
