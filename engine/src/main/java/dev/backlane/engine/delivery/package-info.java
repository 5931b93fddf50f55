/// What a delivery is and what follows an attempt: pure.
@NullMarked
package dev.backlane.engine.delivery;

import org.jspecify.annotations.NullMarked;
