/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.engine;

import org.jspecify.annotations.NullMarked;
