/// Requests with tokens, deadlines, repetitions and resumed contents. Internal: the module does not
/// export it.
@NullMarked
package dev.backlane.client.http;

import org.jspecify.annotations.NullMarked;
