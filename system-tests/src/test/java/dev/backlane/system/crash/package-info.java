/// A single gateway that is killed under load or whose disk is full: what it has accepted ends,
/// and no unsafe call is repeated.
@NullMarked
package dev.backlane.system.crash;

import org.jspecify.annotations.NullMarked;
