/// Generates clients from OpenAPI documents, and compiles programs of callers.
@NullMarked
package dev.backlane.system.support.clients;

import org.jspecify.annotations.NullMarked;
