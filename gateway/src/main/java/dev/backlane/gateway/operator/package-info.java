/// Operators: their authentication, sessions and audit log, and the endpoints for their machines:
/// health, metrics and the OpenAPI documents.
@NullMarked
package dev.backlane.gateway.operator;

import org.jspecify.annotations.NullMarked;
