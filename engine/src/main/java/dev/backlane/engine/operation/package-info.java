/// The life cycle of an operation: its data, its states and the pure transitions between them.
@NullMarked
package dev.backlane.engine.operation;

import org.jspecify.annotations.NullMarked;
