/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.client;

import org.jspecify.annotations.NullMarked;
