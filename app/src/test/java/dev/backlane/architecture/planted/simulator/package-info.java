/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.simulator;

import org.jspecify.annotations.NullMarked;
