/// What a client asks of its operations: state, content, list, cancel.
@NullMarked
package dev.backlane.gateway.api;

import org.jspecify.annotations.NullMarked;
