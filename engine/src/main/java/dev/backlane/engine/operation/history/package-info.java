/// What is known of the attempts of an operation that are over.
@NullMarked
package dev.backlane.engine.operation.history;

import org.jspecify.annotations.NullMarked;
