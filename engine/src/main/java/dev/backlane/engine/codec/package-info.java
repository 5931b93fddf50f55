/// The stored form of operations and deliveries, the same in every durable store. Each record
/// begins with its layout number, so that later versions can read it.
@NullMarked
package dev.backlane.engine.codec;

import org.jspecify.annotations.NullMarked;
