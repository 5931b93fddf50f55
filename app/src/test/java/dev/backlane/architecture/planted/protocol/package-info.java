/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.protocol;

import org.jspecify.annotations.NullMarked;
