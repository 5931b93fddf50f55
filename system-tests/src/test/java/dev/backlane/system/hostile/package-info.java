/// Hostile bytes sent to a running gateway: framing, header fields, paths, values and tokens.
@NullMarked
package dev.backlane.system.hostile;

import org.jspecify.annotations.NullMarked;
