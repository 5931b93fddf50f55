/// Reads what the upstream sends: lines and fields of a head, framing, and single fields.
@NullMarked
package dev.backlane.gateway.upstream.wire;

import org.jspecify.annotations.NullMarked;
