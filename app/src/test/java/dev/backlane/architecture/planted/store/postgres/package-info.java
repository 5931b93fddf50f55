/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.store.postgres;

import org.jspecify.annotations.NullMarked;
