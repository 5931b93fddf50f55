/// The rules that the whole repository keeps, each with a planted violation that shows that it can
/// fail.
@NullMarked
package dev.backlane.architecture;

import org.jspecify.annotations.NullMarked;
