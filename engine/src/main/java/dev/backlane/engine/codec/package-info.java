/// The stored form of operations and deliveries, the same in every persistent store. It contains
/// the number of its layout, so that a later version can read the records of an earlier one.
@NullMarked
package dev.backlane.engine.codec;

import org.jspecify.annotations.NullMarked;
