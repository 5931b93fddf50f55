/// The launcher script, the commands of the program, and the errors of a gateway that cannot
/// start.
@NullMarked
package dev.backlane.system.launcher;

import org.jspecify.annotations.NullMarked;
