/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.app;

import org.jspecify.annotations.NullMarked;
