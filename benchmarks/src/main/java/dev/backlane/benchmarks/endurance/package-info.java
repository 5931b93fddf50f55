/// What a gateway costs with a long history, and after a long time.
@NullMarked
package dev.backlane.benchmarks.endurance;

import org.jspecify.annotations.NullMarked;
