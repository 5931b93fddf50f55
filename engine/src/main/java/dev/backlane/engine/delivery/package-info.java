/// The life cycle of a delivery: its data, its states and the pure transitions between them.
@NullMarked
package dev.backlane.engine.delivery;

import org.jspecify.annotations.NullMarked;
