/// The rules of the whole repository. A planted violation shows for each rule that it can fail.
@NullMarked
package dev.backlane.architecture;

import org.jspecify.annotations.NullMarked;
