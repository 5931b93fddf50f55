/// The syntax and the meaning of header fields.
@NullMarked
package dev.backlane.protocol.field;

import org.jspecify.annotations.NullMarked;
