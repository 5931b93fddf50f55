/// Classes that violate architecture rules on purpose.
@NullMarked
package dev.backlane.architecture.planted.store.testkit;

import org.jspecify.annotations.NullMarked;
