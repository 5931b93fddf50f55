/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.gateway;

import org.jspecify.annotations.NullMarked;
