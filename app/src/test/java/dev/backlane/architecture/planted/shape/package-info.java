/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.shape;

import org.jspecify.annotations.NullMarked;
