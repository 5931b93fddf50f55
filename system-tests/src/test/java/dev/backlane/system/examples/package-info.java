/// The programs of `examples/` and the code of the pages that teach calling, run as processes
/// against a real gateway.
@NullMarked
package dev.backlane.system.examples;

import org.jspecify.annotations.NullMarked;
