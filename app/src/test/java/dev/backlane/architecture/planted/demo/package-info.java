/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.demo;

import org.jspecify.annotations.NullMarked;
