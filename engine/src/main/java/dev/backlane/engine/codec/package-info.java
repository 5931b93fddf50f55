/// The stored form of operations and deliveries, the same in every store that outlives its process: bytes that tell their
/// layout, so that a later version reads what an earlier one wrote.
@NullMarked
package dev.backlane.engine.codec;

import org.jspecify.annotations.NullMarked;
