/// Copies everything from one store to another and verifies the copy.
@NullMarked
package dev.backlane.engine.transfer;

import org.jspecify.annotations.NullMarked;
